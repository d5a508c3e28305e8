// Mercurius: fastify, a schema by hand, its own loaders, compiled operations (JIT).
import { makeExecutableSchema } from "@graphql-tools/schema";
import Fastify from "fastify";
import mercurius from "mercurius";
import { leaves, read, roots, typeDefs } from "./schema.mjs";

const app = Fastify();
// Without its cache, whose keys are whole objects written as JSON: that costs more than it saves within one request.
const relation = (read, key) => ({ loader: (queries) => read(queries.map(({ obj }) => obj[key])), opts: { cache: false } });
await app.register(mercurius, {
  schema: makeExecutableSchema({ typeDefs, resolvers: { ...leaves, ...roots } }),
  loaders: {
    Week: { results: relation(read.resultsOfWeeks, "id") },
    Result: { week: relation(read.weeks, "weekId"), actions: relation(read.actionsOfResults, "id") },
    Action: { result: relation(read.results, "resultId") },
    Agent: { currentAction: relation(read.actions, "currentActionId") },
  },
  jit: 1,
  graphiql: false,
});
console.log(`Mercurius on ${await app.listen({ port: 0, host: "127.0.0.1" })}`);

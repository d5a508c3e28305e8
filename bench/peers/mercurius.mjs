// Mercurius: fastify, a schema by hand, its own loaders, compiled operations (JIT).
import { makeExecutableSchema } from "@graphql-tools/schema";
import Fastify from "fastify";
import mercurius from "mercurius";
import { leaves, read, roots, typeDefs } from "./schema.mjs";

const app = Fastify();
const ids = (queries, key) => queries.map(({ obj }) => obj[key]);
await app.register(mercurius, {
  schema: makeExecutableSchema({ typeDefs, resolvers: { ...leaves, ...roots } }),
  loaders: {
    Week: { results: (queries) => read.resultsOfWeeks(ids(queries, "id")) },
    Result: {
      week: (queries) => read.weeks(ids(queries, "weekId")),
      actions: (queries) => read.actionsOfResults(ids(queries, "id")),
    },
    Action: { result: (queries) => read.results(ids(queries, "resultId")) },
    Agent: { currentAction: (queries) => read.actions(ids(queries, "currentActionId")) },
  },
  jit: 1,
  graphiql: false,
});
console.log(`Mercurius on ${await app.listen({ port: 0, host: "127.0.0.1" })}`);

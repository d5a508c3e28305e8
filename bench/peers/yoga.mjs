// GraphQL Yoga: node:http, a schema by hand, data loaders for each request.
import { createServer } from "node:http";
import DataLoader from "dataloader";
import { createSchema, createYoga } from "graphql-yoga";
import { leaves, read, roots, typeDefs } from "./schema.mjs";
import { listen } from "./server.mjs";

const relations = {
  Week: { results: ({ id }, _, { loaders }) => loaders.resultsOfWeeks.load(id) },
  Result: {
    week: ({ weekId }, _, { loaders }) => loaders.weeks.load(weekId),
    actions: ({ id }, _, { loaders }) => loaders.actionsOfResults.load(id),
  },
  Action: { result: ({ resultId }, _, { loaders }) => loaders.results.load(resultId) },
  Agent: {
    currentAction: ({ currentActionId }, _, { loaders }) => currentActionId && loaders.actions.load(currentActionId),
  },
};

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers: { ...leaves, ...roots, ...relations } }),
  context: () => ({ loaders: Object.fromEntries(Object.entries(read).map(([name, batch]) => [name, new DataLoader(batch)])) }),
  graphiql: false,
  landingPage: false,
  logging: false,
  maskedErrors: false,
});
await listen("Yoga", createServer(yoga));

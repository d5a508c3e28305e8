// The part of the API that is measured, as it is written by hand: types, and what reads them for many keys at once.
import { GraphQLScalarType } from "graphql";
import { pool } from "./server.mjs";

export const typeDefs = /* GraphQL */ `
  scalar Date
  scalar DateTime
  scalar Decimal

  enum WeekStatus { ACTIVE COMPLETED ARCHIVED }
  enum ResultStatus { NOT_STARTED IN_PROGRESS BLOCKED COMPLETED }
  enum ActionStatus { PENDING IN_PROGRESS BLOCKED COMPLETED }
  enum AgentStatus { ACTIVE IDLE ERROR OFFLINE }
  enum FunnelStage { TOP MIDDLE BOTTOM }

  type Query {
    week(id: ID!): Week
    actions(filter: ActionFilter, first: Int = 50): ActionConnection!
    action(code: String!): Action
    agents: AgentConnection!
  }
  type Mutation {
    completeAction(input: CompleteActionInput!): CompleteActionPayload
  }
  input ActionFilter { status: [ActionStatus!], owner: [String!] }
  input CompleteActionInput { code: String!, actualHours: Decimal }
  type CompleteActionPayload { action: Action! }
  type ResultConnection { nodes: [Result!]! }
  type ActionConnection { nodes: [Action!]! }
  type AgentConnection { nodes: [Agent!]! }

  type Week {
    id: ID!
    code: String
    title: String!
    startDate: Date!
    endDate: Date!
    status: WeekStatus!
    owner: String!
    completionRate: Decimal
    results: ResultConnection!
  }
  type Result {
    id: ID!
    code: String!
    text: String!
    purpose: String!
    outcome: String
    priority: Int
    category: String
    status: ResultStatus!
    week: Week!
    actions: ActionConnection!
  }
  type Action {
    id: ID!
    code: String!
    text: String!
    description: String
    ownerText: String
    status: ActionStatus!
    funnelStage: FunnelStage!
    dueDate: DateTime
    startedAt: DateTime
    completionDate: DateTime
    estimatedHours: Decimal
    actualHours: Decimal
    blockerDescription: String
    verificationCriteria: String
    result: Result!
  }
  type Agent {
    id: ID!
    name: String!
    status: AgentStatus!
    healthScore: Int!
    currentAction: Action
  }
`;

const scalar = (name, serialize) => new GraphQLScalarType({ name, serialize });
const members = (...names) => Object.fromEntries(names.map((name) => [name, name.toLowerCase()]));

export const leaves = {
  Date: scalar("Date", (value) => value),
  DateTime: scalar("DateTime", (value) => value.toISOString()),
  Decimal: scalar("Decimal", (value) => value),
  WeekStatus: members("ACTIVE", "COMPLETED", "ARCHIVED"),
  ResultStatus: members("NOT_STARTED", "IN_PROGRESS", "BLOCKED", "COMPLETED"),
  ActionStatus: members("PENDING", "IN_PROGRESS", "BLOCKED", "COMPLETED"),
  AgentStatus: members("ACTIVE", "IDLE", "ERROR", "OFFLINE"),
  FunnelStage: members("TOP", "MIDDLE", "BOTTOM"),
};

const WEEK = `id, code, title, week_start_date AS "startDate", week_end_date AS "endDate", status, owner,
  completion_rate AS "completionRate"`;
const RESULT = `id, weekly_plan_id AS "weekId", result_code AS code, result_text AS text, purpose, outcome, priority, category, status`;
const ACTION = `id, result_id AS "resultId", action_code AS code, action_text AS text, description, owner AS "ownerText", status,
  funnel_stage AS "funnelStage", due_date AS "dueDate", started_at AS "startedAt", completion_date AS "completionDate",
  estimated_hours AS "estimatedHours", actual_hours AS "actualHours", blocker_description AS "blockerDescription",
  verification_criteria AS "verificationCriteria"`;
const AGENT = `id, agent_name AS name, status, health_score AS "healthScore", current_action_id AS "currentActionId"`;

// A statement with a name is prepared once for each connection.
async function rows(name, text, values = []) {
  return (await pool.query({ name, text, values })).rows;
}

// Rows by their key, one for each of `keys`.
async function one(name, text, keys) {
  const byId = new Map((await rows(name, text, [[...new Set(keys)]])).map((row) => [row.id, row]));
  return keys.map((key) => byId.get(key) ?? null);
}

// The same with many rows for a key.
async function many(name, text, keys, key) {
  const lists = new Map(keys.map((each) => [each, []]));
  for (const row of await rows(name, text, [keys])) lists.get(row[key]).push(row);
  return keys.map((each) => ({ nodes: lists.get(each) }));
}

export const read = {
  weeks: (ids) => one("weeks", `SELECT ${WEEK} FROM rpm_weekly_plans WHERE id = ANY ($1)`, ids),
  results: (ids) => one("results", `SELECT ${RESULT} FROM rpm_results WHERE id = ANY ($1)`, ids),
  actions: (ids) => one("actions", `SELECT ${ACTION} FROM rpm_action_items WHERE id = ANY ($1)`, ids),
  resultsOfWeeks: (ids) =>
    many("of_weeks", `SELECT ${RESULT} FROM rpm_results WHERE weekly_plan_id = ANY ($1) ORDER BY position, id`, ids, "weekId"),
  actionsOfResults: (ids) =>
    many("of_results", `SELECT ${ACTION} FROM rpm_action_items WHERE result_id = ANY ($1) ORDER BY position, id`, ids, "resultId"),
};

export const roots = {
  Query: {
    week: async (_, { id }) => (await read.weeks([id]))[0],
    action: async (_, { code }) =>
      (await rows("by_code", `SELECT ${ACTION} FROM rpm_action_items WHERE action_code = $1`, [code]))[0],
    actions: async (_, { filter, first }) => ({
      nodes: await rows(
        "listed",
        `SELECT ${ACTION} FROM rpm_action_items WHERE id IN (
           SELECT action_id FROM action_owners
           WHERE action_status = $1 AND owner_id = (SELECT id FROM owners WHERE lower(name) = lower($2))
           ORDER BY action_due_date, action_id LIMIT $3)
         ORDER BY due_date, id`,
        // One of each is what is asked.
        [filter.status[0], filter.owner[0], first],
      ),
    }),
    agents: async () => ({ nodes: await rows("agents", `SELECT ${AGENT} FROM agent_status ORDER BY agent_name`) }),
  },
  Mutation: {
    completeAction: async (_, { input }) => {
      const [action] = await rows(
        "complete",
        `UPDATE rpm_action_items SET status = 'completed', completion_date = now(), updated_at = now(), actual_hours = $2
         WHERE action_code = $1 AND status <> 'completed' RETURNING ${ACTION}`,
        [input.code, input.actualHours],
      );
      return { action };
    },
  },
};

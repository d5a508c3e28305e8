import { readFileSync } from 'node:fs';
import { buildSchema, type ConstListValueNode } from 'graphql';
import { expect, test } from 'vitest';
import { maySee } from './access';

const schema = buildSchema(readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8'));

test.each(['albums', 'auditLog', 'completionTrends', 'currentWeek', 'investorSummary'] as const)('%s: the roles are those of the schema', (field) => {
  const access = schema.getQueryType()?.getFields()[field]?.astNode?.directives?.find(({ name }) => name.value === 'access');
  const roles = (access?.arguments?.[0]?.value as ConstListValueNode).values.map((value) => ('value' in value ? String(value.value) : ''));
  for (const role of ['ADMIN', 'VIP', 'TEAM', 'AGENT', 'INVESTOR']) expect(maySee(role, field), role).toBe(roles.includes(role));
});

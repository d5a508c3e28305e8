// A plugin of the code generator: what the cache must know of the schema's types.
import { isInterfaceType, isObjectType } from 'graphql';

const ROOTS = ['Query', 'Mutation', 'Subscription'];

/** @type {import('@graphql-codegen/plugin-helpers').PluginFunction} */
export function plugin(schema) {
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
  const parts = types.filter((type) => isObjectType(type) && !ROOTS.includes(type.name) && !type.getFields().id).map(({ name }) => name);
  const kinds = types.filter(isInterfaceType).map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name).sort()]);
  return [
    '/** Types without an id: they are part of what they hang on. */',
    `export const PARTS = ${JSON.stringify(parts)};`,
    '/** The types behind each interface. */',
    `export const KINDS = ${JSON.stringify(Object.fromEntries(kinds))};`,
    '',
  ].join('\n');
}

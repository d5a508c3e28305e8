// Validates every .graphql operation below a folder against the schema, so that no saved example goes stale.
//
//   node check-operations.mjs ../../schema.graphql ../../cockpit/src/graphiql
//
// Prints one problem per line as `file:line:column message`; exit status 1 when there are any.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSchema, parse, Source, validate } from 'graphql';

const [schemaPath, folder] = process.argv.slice(2);
if (!schemaPath || !folder) {
  console.error('usage: node check-operations.mjs SCHEMA.graphql FOLDER');
  process.exit(2);
}

const schema = buildSchema(await readFile(schemaPath, 'utf8'));
const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.graphql')).sort();
if (files.length === 0) {
  console.error(`${folder}: no .graphql files`);
  process.exit(2);
}

function check(name, text) {
  try {
    return validate(schema, parse(new Source(text, name)));
  } catch (syntaxError) {
    return [syntaxError];
  }
}

for (const name of files) {
  for (const { locations, message } of check(name, await readFile(join(folder, name), 'utf8'))) {
    const { line = 1, column = 1 } = locations?.[0] ?? {};
    console.log(`${name}:${line}:${column} ${message}`);
    process.exitCode = 1;
  }
}

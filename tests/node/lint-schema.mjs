// Lints a GraphQL schema file: Relay's rules for connections, and a description on everything that can have one.
//
//   node lint-schema.mjs ../../schema.graphql
//
// Prints one problem per line as `line:column rule message`; exit status 0 when there is none, 1 when there are some,
// 2 when the file cannot be linted.

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Linter } from 'eslint';
import graphqlPlugin from '@graphql-eslint/eslint-plugin';

const everythingDescribed = {
  types: true,
  DirectiveDefinition: true,
  FieldDefinition: true,
  // Arguments of fields and directives, and the fields of input objects.
  InputValueDefinition: true,
  EnumValueDefinition: true,
};

const rules = {
  ...graphqlPlugin.configs['flat/schema-relay'].rules,
  '@graphql-eslint/relay-edge-types': [
    'error',
    {
      // This option forbids every list of something other than an edge: `nodes: [Action!]!`, the deliberate shortcut
      // beside `edges`, and short closed lists such as an action's `owners: [Owner!]!`. All else stays at its default.
      listTypeCanWrapOnlyEdgeType: false,
    },
  ],
  '@graphql-eslint/require-description': ['error', everythingDescribed],
};

/** The problems of one schema, in the order of its lines. */
function lint(sdl, name) {
  return new Linter({ configType: 'flat' }).verify(
    sdl,
    {
      files: ['**/*.graphql'],
      plugins: { '@graphql-eslint': graphqlPlugin },
      languageOptions: {
        parser: graphqlPlugin.parser,
        // The schema under test is its own context; nothing is looked up on disk.
        parserOptions: { graphQLConfig: { schema: sdl } },
      },
      linterOptions: { noInlineConfig: true },
      rules,
    },
    { filename: name },
  );
}

const [path] = process.argv.slice(2);
if (!path) {
  console.error('usage: node lint-schema.mjs SCHEMA.graphql');
  process.exit(2);
}

const problems = await readFile(path, 'utf8')
  .then((sdl) => lint(sdl, basename(path)))
  .catch((error) => {
    console.error(`${path}: ${error.message}`);
    process.exit(2);
  });

for (const { line = 1, column = 1, ruleId, message } of problems) {
  console.log(`${line}:${column} ${ruleId ?? 'syntax'} ${message.replace(/\s+/g, ' ')}`);
}
process.exitCode = problems.length === 0 ? 0 : 1;

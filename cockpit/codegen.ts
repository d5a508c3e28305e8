import type { CodegenConfig } from '@graphql-codegen/cli';

// Types and documents of the cockpit, out of the contract: `src/**/*.graphql` into `src/gql/` (made by every build, not committed).
// The explorer's examples are texts for people, not documents of the page.
export default {
  schema: '../schema.graphql',
  documents: ['src/**/*.graphql', '!src/graphiql/**'],
  generates: {
    'src/gql/shapes.ts': { plugins: ['./shapes.mjs'] },
    'src/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        strictScalars: true,
        scalars: { ID: 'string', Cursor: 'string', Date: 'string', DateTime: 'string', Decimal: 'string', JSON: 'unknown' },
      },
    },
  },
} satisfies CodegenConfig;

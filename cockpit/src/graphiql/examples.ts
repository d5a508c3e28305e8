import { variablesFor } from './variables';

export interface Example {
  /** The file's name without number and ending, such as `current-week`. */
  name: string;
  /** The first line of the leading comment. */
  title: string;
  kind: 'query' | 'mutation' | 'subscription';
  /** The operation's name; each file holds one. */
  operation: string;
  query: string;
  /** JSON for the variables tab; null when the operation has none to fill in. */
  variables: string | null;
}

/** `NN-name.graphql`: the number is the place in the menu. */
const files = import.meta.glob<string>('./examples/*.graphql', { query: '?raw', import: 'default', eager: true });

function toExample([path, query]: [string, string]): Example {
  const name = path.replace(/^.*\/\d+-/, '').replace(/\.graphql$/, '');
  const title = /^#\s*(.+?)\.?$/m.exec(query)?.[1] ?? name;
  const [, kind = 'query', operation = ''] = /^(query|mutation|subscription)\s+(\w+)/m.exec(query) ?? [];
  const variables = variablesFor(name);
  return { name, title, kind: kind as Example['kind'], operation, query, variables: variables && JSON.stringify(variables, null, 2) };
}

export const examples = Object.entries(files)
  .sort(([a], [b]) => a.localeCompare(b))
  .map(toExample);

/** What a first visit finds open; afterwards GraphiQL keeps the visitor's own tabs. */
const opening = ['current-week', 'results-actions', 'watch-events'];
export const firstTabs = examples
  .filter(({ name }) => opening.includes(name))
  .map(({ query, variables }) => ({ query, variables }));

import { variablesFor } from './variables';

export interface Example {
  /** What it is about, from the folder's name, such as `Warehouse views`. */
  topic: string;
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

/** `NN-topic/N-name.graphql`: the numbers are the places in the menu. */
const files = import.meta.glob<string>('./examples/*/*.graphql', { query: '?raw', import: 'default', eager: true });

function toExample([path, query]: [string, string]): Example {
  const folder = path.replace(/^.*\/\d+-(.*)\/.*$/, '$1').replaceAll('-', ' ');
  const topic = folder.charAt(0).toUpperCase() + folder.slice(1);
  const name = path.replace(/^.*\/\d+-/, '').replace(/\.graphql$/, '');
  const title = /^#\s*(.+?)\.?$/m.exec(query)?.[1] ?? name;
  const [, kind = 'query', operation = ''] = /^(query|mutation|subscription)\s+(\w+)/m.exec(query) ?? [];
  const variables = variablesFor(name);
  return { topic, name, title, kind: kind as Example['kind'], operation, query, variables: variables && JSON.stringify(variables, null, 2) };
}

export const examples = Object.entries(files)
  .sort(([a], [b]) => a.localeCompare(b))
  .map(toExample);

/** The examples by topic, in the order of the menu. */
export const topics = [...new Set(examples.map(({ topic }) => topic))].map((topic) => ({ topic, examples: examples.filter((each) => each.topic === topic) }));

/** What a first visit finds open; afterwards GraphiQL keeps the visitor's own tabs. */
const opening = ['current-week', 'results-actions', 'watch-events'];
export const firstTabs = examples
  .filter(({ name }) => opening.includes(name))
  .map(({ query, variables }) => ({ query, variables }));

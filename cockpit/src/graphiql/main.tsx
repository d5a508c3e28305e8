// Monaco's workers must be known before the first editor exists; Vite bundles them as files of ours.
import 'graphiql/setup-workers/vite';
// GraphiQL's styles one by one: its collected `style.css` adds 400 kB of web fonts and Monaco's rules a second time.
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './explorer.css';

import { createRoot } from 'react-dom/client';
import { App } from './App';

const root = document.getElementById('explorer');
if (!root) throw new Error('graphiql.html has no #explorer');
createRoot(root).render(<App />);

import './styles/tokens.css';
import './styles/base.css';
import './ui/button.css';
import './layout/grid.css';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { applyTheme } from './lib/theme';

applyTheme();
const root = document.getElementById('cockpit');
if (!root) throw new Error('index.html has no #cockpit');
createRoot(root).render(<App />);

import { defineConfig } from 'vitest/config';

// One entry per page. The server serves `dist/index.html` at / and /investors, `dist/graphiql.html` at /graphiql and the hashed files
// at /assets/.
const pages = ['index.html', 'graphiql.html'];

export default defineConfig({
  base: '/',
  build: {
    target: 'es2022',
    // Nothing becomes a data: URL of ours, so that the server's content security policy can stay narrow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: pages,
      onLog(level, log, handler) {
        // Directives for React's compiler and server components in the libraries; they mean nothing in a bundle.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handler(level, log);
      },
    },
    // Monaco, the editor inside GraphiQL, is one chunk of this order; the default limit warns at 500 kB.
    chunkSizeWarningLimit: 4000,
  },
  // Module workers share chunks; Monaco's editor, JSON and GraphQL workers have much in common.
  worker: { format: 'es' },
  // `vite` alone serves the pages for development and hands everything else to a running rpm-api: RPM_URL, or port 8080.
  server: {
    proxy: {
      '/graphql': { target: process.env['RPM_URL'] ?? 'http://localhost:8080', ws: true },
      '/auth': process.env['RPM_URL'] ?? 'http://localhost:8080',
    },
  },
});

// A way to the server that can be cut: HTTP and WebSockets pass, until one kind is blocked. What is open of it breaks then.
import { createServer, request } from 'node:http';
import { connect } from 'node:net';

/**
 * Begins a proxy in front of `url`. `block('ws' | 'sse' | 'http', true)` cuts a kind, `false` lets it through again; `refused`
 * counts what came while it was cut.
 */
export async function proxy(url) {
  const { hostname, port } = new URL(url);
  const blocked = { ws: false, sse: false, http: false };
  const refused = { ws: 0, sse: 0, http: 0 };
  const open = { ws: new Set(), sse: new Set(), http: new Set() };
  const keep = (kind, socket) => {
    open[kind].add(socket);
    socket.on('close', () => open[kind].delete(socket));
    socket.on('error', () => socket.destroy());
  };

  const refuse = (kind, socket) => {
    refused[kind] += 1;
    socket.destroy();
  };

  const server = createServer((incoming, outgoing) => {
    const kind = incoming.headers.accept?.includes('text/event-stream') ? 'sse' : 'http';
    if (blocked[kind]) return refuse(kind, incoming.socket);
    const { method, url: path, headers } = incoming;
    const onward = request({ hostname, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => incoming.socket.destroy());
    outgoing.on('close', () => onward.destroy());
    if (kind === 'sse') keep(kind, incoming.socket);
    incoming.pipe(onward);
  });
  server.on('upgrade', ({ method, url: path, rawHeaders }, socket, head) => {
    if (blocked.ws) return refuse('ws', socket);
    const onward = connect(Number(port), hostname, () => {
      const lines = [`${method} ${path} HTTP/1.1`];
      for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
      onward.write(`${lines.join('\r\n')}\r\n\r\n`);
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    keep('ws', socket);
    socket.on('close', () => onward.destroy());
    onward.on('close', () => socket.destroy());
    onward.on('error', () => socket.destroy());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    refused,
    block(kind, is) {
      blocked[kind] = is;
      if (is) for (const socket of open[kind]) socket.destroy();
    },
    close() {
      for (const sockets of Object.values(open)) for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}

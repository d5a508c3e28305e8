// A mail server: says its port, then each mail as a line of JSON. It listens for `refuse CODE`, for the next mail.

import { createInterface } from 'node:readline';
import { SMTPServer } from 'smtp-server';

let refuse = 0;

/** The header and the body of a part; of several parts, each by its type. */
function parts(raw) {
	const [head, ...rest] = raw.split('\r\n\r\n');
	const headers = {};
	for (const line of head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
		const at = line.indexOf(':');
		headers[line.slice(0, at).toLowerCase()] = words(line.slice(at + 1).trim());
	}
	const body = rest.join('\r\n\r\n');
	const boundary = /boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1];
	if (!boundary) return { headers, body: decoded(body, headers['content-transfer-encoding']) };
	const pieces = body.split(`--${boundary}`).slice(1, -1);
	return { headers, parts: pieces.map((piece) => parts(piece.replace(/^\r\n/, ''))) };
}

/** RFC 2047. */
function words(text) {
	return text
		.replace(/\?=\s+=\?/g, '?==?')
		.replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind, word) =>
			kind.toLowerCase() === 'b' ? Buffer.from(word, 'base64').toString() : quoted(word.replaceAll('_', ' ')),
		);
}

function quoted(text) {
	const bytes = text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
	return Buffer.from(bytes, 'latin1').toString();
}

function decoded(text, encoding) {
	if (encoding === 'base64') return Buffer.from(text, 'base64').toString();
	return encoding === 'quoted-printable' ? quoted(text) : Buffer.from(text, 'latin1').toString();
}

const server = new SMTPServer({
	disabledCommands: ['STARTTLS'],
	allowInsecureAuth: true,
	onAuth({ username, password }, _, done) {
		if (username === 'rpm' && password === 'p@ss') done(null, { user: username });
		else done(new Error('wrong password'));
	},
	onData(stream, session, done) {
		const chunks = [];
		stream.on('data', (chunk) => chunks.push(chunk));
		stream.on('end', () => {
			const { mailFrom, rcptTo } = session.envelope;
			const to = rcptTo.map((recipient) => recipient.address);
			const mail = { user: session.user, from: mailFrom.address, to, refused: refuse, ...parts(Buffer.concat(chunks).toString('latin1')) };
			console.log(JSON.stringify(mail));
			if (!refuse) return done();
			done(Object.assign(new Error('not now'), { responseCode: refuse }));
			refuse = 0;
		});
	},
});

server.listen(0, '127.0.0.1', () => console.log(server.server.address().port));
createInterface({ input: process.stdin })
	.on('line', (line) => {
		refuse = Number(line.split(' ')[1]);
		console.log('ok');
	})
	.on('close', () => process.exit());

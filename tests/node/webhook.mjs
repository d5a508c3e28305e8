// Verifies a webhook as its receivers do, by Standard Webhooks' own library: a line of JSON in (secret, headers, body), a word out.

import { createInterface } from 'node:readline';
import { Webhook } from 'standardwebhooks';

createInterface({ input: process.stdin }).on('line', (line) => {
	const { secret, headers, body } = JSON.parse(line);
	try {
		new Webhook(secret).verify(body, headers);
		console.log('genuine');
	} catch (error) {
		console.log(`refused: ${error.message}`);
	}
});

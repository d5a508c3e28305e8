// Reads a calendar as calendars do, by ical.js: a line of JSON in (the text), its properties and entries as a line of JSON out.

import { createInterface } from 'node:readline';
import ICAL from 'ical.js';

const properties = (component) =>
	Object.fromEntries(component.getAllProperties().map((own) => [own.name, `${own.getFirstValue()}`]));

createInterface({ input: process.stdin }).on('line', (line) => {
	const calendar = new ICAL.Component(ICAL.parse(JSON.parse(line)));
	const entries = calendar.getAllSubcomponents().map((own) => ({
		kind: own.name,
		isDay: own.getFirstPropertyValue(own.name === 'vtodo' ? 'due' : 'dtstart').isDate,
		...properties(own),
	}));
	console.log(JSON.stringify({ ...properties(calendar), entries }));
});

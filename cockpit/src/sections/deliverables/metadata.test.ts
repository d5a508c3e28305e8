import { expect, test } from 'vitest';
import { duration, facts, links } from './metadata';

test('links have a fixed order, whatever they are called', () => {
  expect(links({ links: { youtube: 'https://y.example/1', suno: 'https://s.example/1' }, spotify_url: 'https://sp.example/1' })).toEqual([
    { name: 'Suno', url: 'https://s.example/1' },
    { name: 'Spotify', url: 'https://sp.example/1' },
    { name: 'YouTube', url: 'https://y.example/1' },
  ]);
  expect(links({ githubCommitUrl: 'https://g.example/c/1' })).toEqual([{ name: 'GitHub', url: 'https://g.example/c/1' }]);
});

test('only web addresses are links', () => {
  for (const bad of ['javascript:alert(1)', 'data:text/html,x', '/docs/a.md', 'soon', 7, null, {}]) expect(links({ suno: bad, links: { suno: bad } })).toEqual([]);
  for (const odd of [null, undefined, 'x', 3, [], { links: [] }]) expect(links(odd)).toEqual([]);
});

test('facts say what is known', () => {
  expect(facts({ genre: 'Country', bpm: 78, key: 'D Major', durationSeconds: 222 })).toEqual(['Country', '78 BPM', 'D Major', '3:42']);
  expect(facts({ genre: ' ', bpm: null, duration: '3:42' })).toEqual(['3:42']);
  expect(facts({ bpm: '120', pages: 1 })).toEqual(['120 BPM', '1 page']);
  expect(facts({ commit: '0123456789abcdef' })).toEqual(['commit 0123456789']);
  expect(facts(null)).toEqual([]);
});

test('durations', () => {
  expect([0, 59.6, 222, 3725].map(duration)).toEqual(['0:00', '1:00', '3:42', '1:02:05']);
});

/** What a deliverable's metadata says, for people. Documents name things in more than one way; what is not understood is left out. */

/** A place elsewhere where it can be seen or heard. */
export interface Link {
  name: string;
  url: string;
}

/** Names of places, in the order shown. */
const PLACES: readonly [string, string][] = [
  ['suno', 'Suno'],
  ['spotify', 'Spotify'],
  ['youtube', 'YouTube'],
  ['apple', 'Apple Music'],
  ['bandcamp', 'Bandcamp'],
  ['github', 'GitHub'],
  ['document', 'Document'],
];

type Fields = Record<string, unknown>;
const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {});
const plain = (name: string) => name.toLowerCase().replace(/[^a-z]/g, '').replace(/(url|link)$/, '');

/** An address that a page may lead to; null for anything else (`javascript:`, paths, words). */
function address(value: unknown): string | null {
  if (typeof value !== 'string' || !URL.canParse(value)) return null;
  return ['https:', 'http:'].includes(new URL(value).protocol) ? value : null;
}

/** The links in `links`, or named after their place (`sunoUrl`, `spotify_link`), in a fixed order. */
export function links(metadata: unknown): Link[] {
  const all = fields(metadata);
  const known = new Map<string, string>();
  for (const [name, value] of [...Object.entries(fields(all['links'])), ...Object.entries(all)]) {
    const url = address(value);
    if (url && !known.has(plain(name))) known.set(plain(name), url);
  }
  return PLACES.flatMap(([place, name]) => {
    const url = known.get(place) ?? known.get(`${place}commit`);
    return url ? [{ name, url }] : [];
  });
}

/** Seconds as 3:42; 1:02:05 from an hour on. */
export function duration(seconds: number): string {
  const [whole, pad] = [Math.round(seconds), (part: number) => String(part).padStart(2, '0')];
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

/** Country · 78 BPM · D Major · 3:42: what is known of these. */
export function facts(metadata: unknown): string[] {
  const all = fields(metadata);
  const text = (value: unknown) => (typeof value === 'string' && value.trim() !== '' ? value.trim() : null);
  const figure = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : null);
  const count = (value: unknown, one: string, many: string) => (figure(value) === null ? null : `${figure(value)} ${figure(value) === 1 ? one : many}`);
  const seconds = figure(all['durationSeconds'] ?? all['duration_seconds']);
  const commit = text(all['commit']);
  return [
    text(all['genre']),
    figure(all['bpm']) === null ? null : `${figure(all['bpm'])} BPM`,
    text(all['key']),
    seconds === null ? text(all['duration']) : duration(seconds),
    count(all['tracks'], 'track', 'tracks'),
    count(all['pages'], 'page', 'pages'),
    commit && `commit ${commit.slice(0, 10)}`,
  ].filter((fact) => fact !== null);
}

import { useState } from 'react';
import { decimal, percent } from '../../lib/format';
import { useSection } from '../../lib/useSection';
import { Empty, Failure, Skeleton } from '../../ui/States';
import { AlbumsDocument } from '../../gql/graphql';

/** How many albums are named at first: where it stands beside the cards there is room for some. */
const NAMED = matchMedia('(min-width: 1080px)').matches ? 9 : 0;

/** The albums on their way to the goal of 21: one tile each, filled as far as its songs are out. */
export function AlbumProgress() {
  const [listed, list] = useState(false);
  const { data, error, loading, retry } = useSection(AlbumsDocument, {}, { anew: ['DELIVERABLE_PUBLISHED', 'REVENUE_UPDATE'] });
  const state = data?.albums;
  const named = state?.albums.filter(({ name }) => name !== null) ?? [];
  const albums = [...named].sort((a, b) => Number(b.progress ?? 0) - Number(a.progress ?? 0) || b.songsMastered - a.songsMastered);
  const rows = listed ? albums : albums.slice(0, NAMED);
  const missing = Math.max(0, (state?.goal ?? 0) - albums.length);
  return (
    <section className="albums" aria-labelledby="albums-title">
      <h3 id="albums-title">
        {state ? `${state.goal} album release` : 'Albums'}
        {state && <span>{percent(state.progress)}</span>}
      </h3>
      {loading && <Skeleton lines={4} />}
      {error && !data && <Failure error={error} onRetry={retry} />}
      {state && (
        <>
          <p className="albums-count">
            <strong>{state.released}</strong> of {state.goal} released, {state.started} begun
          </p>
          {albums.length === 0 && <Empty>No album has a song yet.</Empty>}
          <div className="album-tiles" role="img" aria-label={`${state.released} of ${state.goal} albums released`}>
            {albums.map(({ name, progress, songsReleased, songsGenerated, songsMastered }) => (
              <div className="album-tile" key={name} title={`${name}: ${songsReleased} of ${songsGenerated} songs released`} data-released={Number(progress) >= 100}>
                <span className="album-mastered" style={{ height: share(songsMastered, songsGenerated) }} />
                <span className="album-released" style={{ height: share(songsReleased, songsGenerated) }} />
              </div>
            ))}
            {Array.from({ length: missing }, (_, at) => (
              <div className="album-tile" key={at} title="Not begun" />
            ))}
          </div>
          <p className="albums-key">
            <span className="key-released">Released</span>
            <span className="key-mastered">Mastered</span>
            <button type="button" className="button button-small button-quiet" aria-expanded={listed} onClick={() => list(!listed)}>
              {listed ? 'Fewer albums' : 'All albums'}
            </button>
          </p>
          {rows.length > 0 && (
            <table className="album-table">
              <thead>
                <tr>
                  <th scope="col">Album</th>
                  <th scope="col">Out</th>
                  <th scope="col">Mastered</th>
                  <th scope="col">Minutes</th>
                </tr>
              </thead>
              <tbody>
                {rows.map(({ name, songsReleased, songsGenerated, songsMastered, totalDurationMinutes }) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td>
                      {songsReleased}/{songsGenerated}
                    </td>
                    <td>{songsMastered}</td>
                    <td>{decimal(totalDurationMinutes, 0)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </>
      )}
    </section>
  );
}

function share(part: number, whole: number): string {
  return `${whole > 0 ? (part / whole) * 100 : 0}%`;
}

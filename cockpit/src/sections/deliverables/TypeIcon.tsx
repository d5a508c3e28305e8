import type { DeliverableType } from '../../gql/graphql';

const PATHS: Record<DeliverableType, string> = {
  SONG: 'M7 14.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM7 14.5V4.5l9-2v10M16 12.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0z',
  ALBUM: 'M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15zM10 8a2 2 0 1 1 0 4 2 2 0 0 1 0-4z',
  VIDEO: 'M2.5 5.5h10v9h-10zM12.5 9l5-3v8l-5-3z',
  CODE: 'M7 5.5 2.5 10 7 14.5M13 5.5 17.5 10 13 14.5M11.5 3.5l-3 13',
  DOCUMENT: 'M5 2.5h6.5L15.5 6.5v11H5zM11.5 2.5v4h4M7.5 10.5h5M7.5 13.5h5',
};

export function TypeIcon({ type }: { type: DeliverableType }) {
  return (
    <span className="type-icon" data-type={type} aria-hidden="true">
      <svg width="18" height="18" viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d={PATHS[type]} />
      </svg>
    </span>
  );
}

import { money, percent } from '../../lib/format';
import { useViewer } from '../../lib/session';
import { Progress } from '../../ui/Progress';
import { DELIVERABLE_TYPE } from '../../ui/status';
import type { DeliverableRowFragment } from '../../gql/graphql';
import { Download } from './Download';
import { facts, links } from './metadata';
import { TypeIcon } from './TypeIcon';

/** One deliverable: what it is, what is known of it, what it earns, where it can be seen. */
export function DeliverableCard({ deliverable }: { deliverable: DeliverableRowFragment }) {
  const { formats } = useViewer();
  const { type, title, metadata, publishedAt, revenueTarget, revenueActual, revenueAchievementRate } = deliverable;
  const known = facts(metadata);
  const elsewhere = links(metadata);
  return (
    <li className="deliverable" data-type={type}>
      <TypeIcon type={type} />
      <div className="deliverable-what">
        <p className="deliverable-title">{title}</p>
        <p className="deliverable-facts">
          <span className="unseen">{DELIVERABLE_TYPE[type].name}. </span>
          {known.map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
          {publishedAt && (
            <time dateTime={publishedAt} title={formats.full(publishedAt)}>
              {type === 'SONG' || type === 'ALBUM' ? 'Released' : 'Published'} {formats.day(publishedAt)}
            </time>
          )}
        </p>
      </div>
      {revenueTarget !== null || revenueActual !== null ? (
        <div className="deliverable-revenue">
          <p>
            <b>{money(revenueActual ?? 0)}</b>
            {revenueTarget !== null && ` of ${money(revenueTarget)}`}
            {revenueAchievementRate !== null && <span>{percent(revenueAchievementRate)}</span>}
          </p>
          {revenueAchievementRate !== null && (
            <Progress value={Number(revenueAchievementRate)} tone={Number(revenueAchievementRate) >= 100 ? 'good' : 'busy'} label={`${title}: revenue of its target`} />
          )}
        </div>
      ) : (
        <p className="deliverable-revenue section-note">No revenue target</p>
      )}
      <p className="deliverable-links">
        {elsewhere.map(({ name, url }) => (
          <a key={name} href={url} target="_blank" rel="noopener noreferrer">
            {name}
            <span className="unseen">: {title} (opens elsewhere)</span>
          </a>
        ))}
        <Download deliverable={deliverable} />
      </p>
    </li>
  );
}

import { Fragment } from 'react';
import { decimal, percent } from '../../lib/format';
import { useSection } from '../../lib/useSection';
import { useWeek } from '../../lib/week/Week';
import { Badge } from '../../ui/Badge';
import { Card } from '../../ui/Card';
import { Progress } from '../../ui/Progress';
import { Empty, Failure, Skeleton } from '../../ui/States';
import { FUNNEL_STAGE } from '../../ui/status';
import { FunnelDocument, type FunnelQuery, type FunnelStage } from '../../gql/graphql';
import { Forecast } from './Forecast';
import './funnel.css';

type Velocity = NonNullable<FunnelQuery['funnelVelocity']>;
type Stage = Velocity['stages'][number];

const MEANING: Record<FunnelStage, string> = { TOP: 'Ideation', MIDDLE: 'Execution', BOTTOM: 'Completion' };

/** Section 6: how much is where in the funnel, how fast it passes, where it is stuck, and what would help. */
export function Funnel() {
  const { variables } = useWeek();
  const { data, error, loading, retry } = useSection(
    FunnelDocument,
    { startDate: variables.startDate ?? null, project: variables.project ?? null },
    { anew: ['ACTION_COMPLETED', 'ACTION_UPDATED', 'ACTION_BLOCKED'] },
  );
  const velocity = data?.funnelVelocity;
  return (
    <Card
      id="funnel"
      title="Full funnel"
      aside={
        velocity && (
          <span className="funnel-rate">
            <b>{percent(velocity.completionRate)}</b> through the funnel
          </span>
        )
      }
    >
      {loading && <Skeleton lines={5} />}
      {error && !data && <Failure error={error} onRetry={retry} />}
      {data && !velocity && <Empty>No plan, nothing in the funnel.</Empty>}
      {velocity && <Diagram velocity={velocity} />}
      {(!data || velocity) && <Forecast />}
    </Card>
  );
}

function Diagram({ velocity: { stages, bottleneck, recommendation, busiest } }: { velocity: Velocity }) {
  const slowest = stages.find(({ stage }) => stage === bottleneck);
  const most = Math.max(1, ...stages.map(({ entered }) => entered));
  if (stages.every(({ entered }) => entered === 0)) return <Empty>Nothing has entered the funnel.</Empty>;
  return (
    <>
      <ol className="funnel">
        {stages.map((stage, at) => (
          <Fragment key={stage.stage}>
            {at > 0 && (
              <li className="funnel-arrow" role="presentation" aria-hidden="true">
                <svg width="18" height="18" viewBox="0 0 18 18">
                  <path d="M4 9h9M9.5 5.5 13 9l-3.5 3.5" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" />
                </svg>
              </li>
            )}
            <StageBox stage={stage} share={stage.entered / most} isBottleneck={stage.stage === bottleneck} />
          </Fragment>
        ))}
      </ol>
      {slowest && (
        <div className="funnel-advice">
          <p>
            <b className="funnel-stuck">Bottleneck: {FUNNEL_STAGE[slowest.stage]} funnel</b>
            {` ${decimal(slowest.averageDays)} days on average`}
            {slowest.bottleneckScore !== null && `, ${decimal(slowest.bottleneckScore)}× the average of the stages`}
          </p>
          {recommendation && (
            <p>
              Recommendation: <b>{recommendation}</b>
            </p>
          )}
          {busiest.length > 0 && (
            <ul className="funnel-busiest" aria-label={`Open in the ${FUNNEL_STAGE[slowest.stage].toLowerCase()} funnel, by owner`}>
              {busiest.map(({ owner, open }) => (
                <li key={owner}>
                  <Badge>
                    {owner} {open}
                  </Badge>
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
      {!slowest && <p className="section-note">No bottleneck: no stage with open work has a pace yet.</p>}
    </>
  );
}

/** One stage. How wide its bar is says how many came this far; what of it is filled, how many are through. */
function StageBox({ stage: { stage, entered, completed, open, averageDays }, share, isBottleneck }: { stage: Stage; share: number; isBottleneck: boolean }) {
  return (
    <li className="funnel-stage" data-stage={stage} data-bottleneck={isBottleneck}>
      <p className="funnel-name">
        {FUNNEL_STAGE[stage]}
        <span>{MEANING[stage]}</span>
        {isBottleneck && <Badge tone="bad">Slowest</Badge>}
      </p>
      <p className="funnel-count">
        <strong>{entered}</strong> {entered === 1 ? 'action' : 'actions'}
      </p>
      <div className="funnel-bar" style={{ width: `${Math.max(share * 100, 8)}%` }}>
        <Progress size="l" tone={isBottleneck ? 'bad' : 'good'} value={entered === 0 ? null : (completed / entered) * 100} label={`${FUNNEL_STAGE[stage]}: ${completed} of ${entered} completed`} />
      </div>
      <p className="funnel-facts">
        <span>{completed} done</span>
        <span>{open} open</span>
        <span className="funnel-days">{averageDays === null ? 'no pace yet' : `${decimal(averageDays)} days`}</span>
      </p>
    </li>
  );
}

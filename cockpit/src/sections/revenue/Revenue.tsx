import { maySee } from '../../lib/access';
import { calendarDay, money, moneyRange, percent } from '../../lib/format';
import { useNow } from '../../lib/now';
import { useViewer } from '../../lib/session';
import { setParams } from '../../lib/url';
import { useSection } from '../../lib/useSection';
import { useWeek } from '../../lib/week/Week';
import { Badge } from '../../ui/Badge';
import { Card } from '../../ui/Card';
import { Progress, type Tone } from '../../ui/Progress';
import { Empty, Failure, Skeleton } from '../../ui/States';
import { DELIVERABLE_TYPE } from '../../ui/status';
import { RevenueDocument, RevenueTrendDocument, type RevenueQuery } from '../../gql/graphql';
import { RangeBar } from './RangeBar';
import { RevenueChart } from './RevenueChart';
import './revenue.css';

type Summary = NonNullable<RevenueQuery['revenueSummary']>;

/** Section 3: what the week is to earn, what it has, by what, and how that compares. */
export function Revenue() {
  const { member } = useViewer();
  const { variables } = useWeek();
  const { data, error, loading, retry } = useSection(
    RevenueDocument,
    { startDate: variables.startDate ?? null, project: variables.project ?? null },
    { anew: ['REVENUE_UPDATE', 'DELIVERABLE_PUBLISHED'] },
  );
  const summary = data?.revenueSummary;
  const rate = summary?.revenue.achievementRate ?? null;
  return (
    <Card id="revenue" title="Revenue" aside={rate !== null && <Badge tone={reached(rate)}>{percent(rate)} of target</Badge>}>
      {loading && <Skeleton lines={7} />}
      {error && !data && <Failure error={error} onRetry={retry} />}
      {data && !summary && <Empty>No plan, no target.</Empty>}
      {summary && <Figures summary={summary} />}
      {maySee(member.role, 'completionTrends') && <Trend start={summary?.startDate ?? null} />}
    </Card>
  );
}

/** The tone of an achievement rate, 0–100 and above. */
function reached(rate: string): Tone {
  return Number(rate) >= 100 ? 'good' : 'busy';
}

function Figures({ summary: { revenue, results, topDeliverables, endDate } }: { summary: Summary }) {
  const { formats } = useViewer();
  const today = formats.isoDay(useNow());
  const earning = results.filter((line) => line.revenue.target !== null || line.revenue.actual !== null);
  const silent = results.filter((line) => !earning.includes(line)).map(({ result }) => result.code);
  return (
    <>
      <div className="revenue-lead">
        <p className="revenue-actual">
          <strong>{money(revenue.actual ?? 0)}</strong>
          <span>{endDate < today ? 'earned' : `as of ${calendarDay(today)}`}</span>
        </p>
        <p className="revenue-target">
          {revenue.target === null ? 'No target is set' : <>Target {moneyRange(revenue.targetLow, revenue.targetHigh ?? revenue.target)}</>}
        </p>
      </div>
      <RangeBar revenue={revenue} />

      {earning.length > 0 && (
        <>
          <h3 className="section-title">By result</h3>
          <ul className="revenue-results">
            {earning.map(({ result, revenue: { actual, target, achievementRate } }) => (
              <li key={result.id}>
                <span className="results-code">{result.code}</span>
                <span className="revenue-name" title={result.text}>
                  {result.text}
                </span>
                <span className="revenue-sums">
                  <b>{money(actual ?? 0)}</b>
                  {target !== null && ` / ${money(target)}`}
                </span>
                <span className="results-rate">{percent(achievementRate)}</span>
                <Progress value={achievementRate === null ? null : Number(achievementRate)} label={`${result.code}: revenue of its target`} tone={reached(achievementRate ?? '0')} />
              </li>
            ))}
          </ul>
          {silent.length > 0 && <p className="section-note">{silent.join(', ')}: no revenue target.</p>}
        </>
      )}

      {topDeliverables.length > 0 && (
        <>
          <h3 className="section-title">Top deliverables</h3>
          <ol className="revenue-top">
            {topDeliverables.map((deliverable) => (
              <li key={deliverable.id}>
                <span className="revenue-name" title={deliverable.title}>
                  {deliverable.title}
                </span>
                <span className="revenue-type">{DELIVERABLE_TYPE[deliverable.type].name}</span>
                <b>{money(deliverable.revenueActual)}</b>
              </li>
            ))}
          </ol>
        </>
      )}
    </>
  );
}

function Trend({ start }: { start: string | null }) {
  const { data, error, loading, retry } = useSection(RevenueTrendDocument, {}, { anew: ['REVENUE_UPDATE'] });
  return (
    <>
      <h3 className="section-title">Last 8 weeks</h3>
      {loading && <Skeleton lines={3} />}
      {error && !data && <Failure error={error} onRetry={retry} />}
      {data && data.completionTrends.length === 0 && <Empty>There are no weeks to compare yet.</Empty>}
      {data && data.completionTrends.length > 0 && <RevenueChart points={data.completionTrends} shown={start} onChoose={(week) => setParams({ week }, true)} />}
    </>
  );
}

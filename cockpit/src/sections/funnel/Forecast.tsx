import { calendarDay, percent } from '../../lib/format';
import { useEachHour, useNow } from '../../lib/now';
import { useViewer } from '../../lib/session';
import { useSection } from '../../lib/useSection';
import { useWeek } from '../../lib/week/Week';
import { ActionLink } from '../../ui/ActionLink';
import { Badge } from '../../ui/Badge';
import { Failure, Skeleton } from '../../ui/States';
import { RESULT_RISK } from '../../ui/status';
import { ForecastDocument, type WeekForecastFragment } from '../../gql/graphql';
import { outlook } from './outlook';
import './forecast.css';

/** Actions that are named of those that are likely to be carried over. */
const NAMED = 5;

/** When the week will be done, if things go on as they went; which results are at risk, and why; what is likely to be left. */
export function Forecast() {
  const { variables } = useWeek();
  const { data, error, loading, retry } = useSection(ForecastDocument, variables, { anew: ['ACTION_COMPLETED', 'ACTION_UPDATED', 'ACTION_BLOCKED'] });
  // Without a word, a forecast is as of the hour that has begun.
  useEachHour(retry);

  const week = data?.currentWeek ?? data?.week;
  return (
    <section className="forecast" aria-labelledby="forecast-title">
      <h3 id="forecast-title">
        Forecast <span>if things go on as they went; in 80 of 100 cases between the outer dates</span>
      </h3>
      {loading && <Skeleton lines={3} />}
      {error && !data && <Failure error={error} onRetry={retry} />}
      {week && <Week week={week} />}
    </section>
  );
}

function Week({ week }: { week: WeekForecastFragment }) {
  const { formats } = useViewer();
  const { endDate, forecast, atRiskResults, carryOverCandidates } = week;
  const now = useNow();
  const isOver = formats.isoDay(now) > endDate;
  const { openActions, openActionsInTime, openActionsLeftBehind, inTimeProbability } = forecast;
  const dates = outlook(forecast, now, formats);
  if (!dates.known) return <p className="section-note">{dates.why}</p>;
  return (
    <>
      <dl className="forecast-dates" aria-label="When the week will be done">
        {dates.when.map(({ name, date, note }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <b>{date}</b>
              {note && <span>{note}</span>}
            </dd>
          </div>
        ))}
        {!isOver && openActionsInTime !== null && (
          <div>
            <dt>By {calendarDay(endDate)}</dt>
            <dd>
              <b>
                {Math.round(Number(openActionsInTime))} of {openActions}
              </b>
              <span>
                open actions done; all {openActions}: {percent(inTimeProbability)} likely
              </span>
            </dd>
          </div>
        )}
        {openActionsLeftBehind !== null && (
          <div>
            <dt>Left behind</dt>
            <dd>
              <b>
                {Math.round(Number(openActionsLeftBehind))} of {openActions}
              </b>
              <span>open actions, as such work was before; the dates are of the others</span>
            </dd>
          </div>
        )}
      </dl>
      <div className="forecast-lists">
        {atRiskResults.length > 0 && <AtRisk results={atRiskResults} />}
        {carryOverCandidates.length > 0 && !isOver && <CarryOver candidates={carryOverCandidates} />}
      </div>
      {atRiskResults.length === 0 && !isOver && <p className="section-note">No result is at risk.</p>}
    </>
  );
}

function AtRisk({ results }: { results: WeekForecastFragment['atRiskResults'] }) {
  return (
    <section aria-label="Results at risk">
      <h4>
        Results at risk <span>{results.length}</span>
        <span className="forecast-key">done in time</span>
      </h4>
      <ul>
        {results.map(({ result, forecast: { inTimeProbability }, reasons }) => (
          <li key={result.id} className="forecast-result">
            <p className="forecast-row">
              <b className="forecast-code">{result.code}</b>
              <span className="forecast-text" title={result.text}>
                {result.text}
              </span>
              <Chance of={inTimeProbability} />
            </p>
            <ul className="forecast-reasons">
              {reasons.map(({ risk, text, actions }) => (
                <li key={risk} title={text}>
                  <Badge tone={RESULT_RISK[risk].tone}>{RESULT_RISK[risk].name}</Badge>
                  {risk !== 'FORECAST_AFTER_END' && risk !== 'NOT_STARTED_LATE' && actions.map(({ id, code }) => <ActionLink key={id} code={code} />)}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  );
}

function CarryOver({ candidates }: { candidates: WeekForecastFragment['carryOverCandidates'] }) {
  const rest = candidates.length - NAMED;
  return (
    <section aria-label="Likely to be carried over">
      <h4>
        Likely to be carried over <span>{candidates.length}</span>
        <span className="forecast-key">done in time</span>
      </h4>
      <ul>
        {candidates.slice(0, NAMED).map(({ action: { id, code, text }, forecast: { inTimeProbability } }) => (
          <li key={id}>
            <p className="forecast-row">
              <ActionLink code={code} />
              <span className="forecast-text" title={text}>
                {text}
              </span>
              <Chance of={inTimeProbability} />
            </p>
          </li>
        ))}
      </ul>
      {rest > 0 && <p className="section-note">and {rest} more</p>}
    </section>
  );
}

/** How likely it is done by the end of the week. */
function Chance({ of }: { of: string | null }) {
  if (of === null) return null;
  return (
    <span className="forecast-chance" title="How likely it is done by the end of the week">
      {percent(of)}
      <span className="unseen"> likely in time</span>
    </span>
  );
}

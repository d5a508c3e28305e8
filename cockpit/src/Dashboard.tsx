import { Banner } from './layout/Banner';
import { Footer } from './layout/Footer';
import { Header } from './layout/Header';
import { maySee } from './lib/access';
import { useViewer } from './lib/session';
import { WeekProvider } from './lib/week/Week';
import { Agents } from './sections/agents/Agents';
import { Deliverables } from './sections/deliverables/Deliverables';
import { Feed } from './sections/feed/Feed';
import { Funnel } from './sections/funnel/Funnel';
import { Overview } from './sections/overview/Overview';
import { Revenue } from './sections/revenue/Revenue';
import { ActionPanel } from './sections/weeks/ActionPanel';
import { Carried } from './sections/weeks/Carried';

/** Where each section stands is said in layout/grid.css; a section that shows nothing takes no room. */
export function Dashboard({ onSignOut }: { onSignOut: () => Promise<void> }) {
  const { member } = useViewer();
  return (
    <WeekProvider>
      <a className="skip" href="#main">
        Skip to the sections
      </a>
      <Header onSignOut={onSignOut} />
      <Banner />
      <main id="main" className="grid" data-trends={maySee(member.role, 'completionTrends')} tabIndex={-1}>
        <div className="slot slot-overview">
          <Overview />
        </div>
        <div className="slot slot-revenue">
          <Revenue />
        </div>
        <div className="slot slot-funnel">
          <Funnel />
        </div>
        <div className="slot slot-feed">
          <Feed />
        </div>
        <div className="slot slot-agents">
          <Agents />
        </div>
        <div className="slot slot-carried">
          <Carried />
        </div>
        <div className="slot slot-deliverables">
          <Deliverables />
        </div>
      </main>
      <Footer />
      <ActionPanel />
    </WeekProvider>
  );
}

import { maySee } from '../lib/access';
import { useViewer } from '../lib/session';
import './footer.css';

/** The other pages, and whose days are meant. */
export function Footer() {
  const { member, formats } = useViewer();
  return (
    <footer className="footer">
      <span>Days and times: {formats.timeZone.replace('_', ' ')}</span>
      <nav aria-label="Other pages">
        {maySee(member.role, 'investorSummary') && <a href="/investors">Investor view</a>}
        <a href="/graphiql">API explorer</a>
      </nav>
    </footer>
  );
}

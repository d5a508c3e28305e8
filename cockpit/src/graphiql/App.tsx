import { useEffect, useMemo, useState } from 'react';
import { GraphiQL, GraphiQLInterface } from 'graphiql';
import { GraphiQLProvider } from '@graphiql/react';
import { DOC_EXPLORER_PLUGIN, DocExplorerStore } from '@graphiql/plugin-doc-explorer';
import { HISTORY_PLUGIN, HistoryStore } from '@graphiql/plugin-history';
import { useSession } from '../shared/useSession';
import { Bar } from './Bar';
import { EditorOptions } from './EditorOptions';
import { firstTabs } from './examples';
import { createFetcher, type Told } from './fetcher';

const plugins = [DOC_EXPLORER_PLUGIN, HISTORY_PLUGIN];

/** A complete Authorization header in the text of the headers tab. */
const bearer = /"authorization"\s*:\s*"[^"\s]+\s+[^"\s]+"/i;

export function App() {
  const control = useSession();
  const { session, refresh } = control;
  const [hasBearer, setHasBearer] = useState(false);
  const [told, setTold] = useState<Told | null>(null);

  // A new fetcher per session makes GraphiQL read the schema again: what a member may see depends on the member.
  // Its WebSocket goes with it, since the cookie is sent only when a socket opens.
  const connection = useMemo(
    () => createFetcher(() => void refresh(), setTold),
    [session, refresh],
  );
  useEffect(() => () => connection.close(), [connection]);

  // Introspection needs sign-in (or a token in the headers tab): until then `null` keeps GraphiQL from asking.
  const mayAsk = session.state === 'signedIn' || hasBearer;

  return (
    <GraphiQLProvider
      fetcher={connection.fetcher}
      {...(mayAsk ? {} : { schema: null })}
      plugins={plugins}
      referencePlugin={DOC_EXPLORER_PLUGIN}
      visiblePlugin={DOC_EXPLORER_PLUGIN}
      inputValueDeprecation
      schemaDescription
      defaultTabs={firstTabs}
      defaultQuery=""
    >
      <HistoryStore>
        <DocExplorerStore>
          <div className="explorer graphiql-container">
            <EditorOptions />
            <Bar control={control} told={told} />
            <GraphiQLInterface
              showPersistHeadersSettings={false}
              defaultEditorToolsVisibility="variables"
              onEditHeaders={(headers: string) => setHasBearer(bearer.test(headers))}
            >
              {/* The bar names the page; GraphiQL's own logo links to a site outside. */}
              <GraphiQL.Logo>{' '}</GraphiQL.Logo>
            </GraphiQLInterface>
          </div>
        </DocExplorerStore>
      </HistoryStore>
    </GraphiQLProvider>
  );
}

import { DropdownMenu, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { topics, type Example } from './examples';

/** Saved operations by topic; the chosen one opens in a tab of its own, or its open tab comes to the front. */
export function ExamplesMenu() {
  const { addTab, changeTab, setOperationName, stop, updateActiveTabValues } = useGraphiQLActions();
  const { tabs, queryEditor, variableEditor } = useGraphiQL((state) => ({
    tabs: state.tabs,
    queryEditor: state.queryEditor,
    variableEditor: state.variableEditor,
  }));

  function open({ operation, query, variables }: Example) {
    // GraphiQL stops a running subscription when tabs change, but not when one is added: its events would land in the new tab.
    stop();
    const alreadyOpen = tabs.findIndex((tab) => tab.query === query);
    if (alreadyOpen >= 0) {
      changeTab(alreadyOpen);
      // GraphiQL learns the name from the editor's text, a moment later: who runs at once would run the last tab's.
      setOperationName(operation);
      return;
    }
    addTab();
    updateActiveTabValues({ query, variables });
    // The editors hold the text that runs; the tab only remembers it.
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables ?? '');
    setOperationName(operation);
  }

  return (
    <DropdownMenu>
      <DropdownMenu.Button className="explorer-examples" disabled={!queryEditor}>
        Examples <span aria-hidden="true">▾</span>
      </DropdownMenu.Button>
      <DropdownMenu.Content className="explorer-menu" align="start">
        {topics.map(({ topic, examples }) => (
          <div key={topic} role="group" aria-label={topic}>
            <p className="explorer-topic" aria-hidden="true">
              {topic}
            </p>
            {examples.map((example) => (
              <DropdownMenu.Item key={example.name} onSelect={() => open(example)}>
                <span>{example.title}</span>
                <span className="explorer-kind">{example.kind}</span>
              </DropdownMenu.Item>
            ))}
          </div>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu>
  );
}

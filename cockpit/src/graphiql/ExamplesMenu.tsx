import { DropdownMenu, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import type { Example } from './examples';

/** Saved operations; the chosen one opens in a tab of its own, or its open tab comes to the front. */
export function ExamplesMenu({ examples }: { examples: Example[] }) {
  const { addTab, changeTab, stop, updateActiveTabValues } = useGraphiQLActions();
  const { tabs, queryEditor, variableEditor } = useGraphiQL((state) => ({
    tabs: state.tabs,
    queryEditor: state.queryEditor,
    variableEditor: state.variableEditor,
  }));

  function open({ query, variables }: Example) {
    // GraphiQL stops a running subscription when tabs change, but not when one is added: its events would land in the new tab.
    stop();
    const alreadyOpen = tabs.findIndex((tab) => tab.query === query);
    if (alreadyOpen >= 0) {
      changeTab(alreadyOpen);
      return;
    }
    addTab();
    updateActiveTabValues({ query, variables });
    // The editors hold the text that runs; the tab only remembers it.
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables ?? '');
  }

  return (
    <DropdownMenu>
      <DropdownMenu.Button className="explorer-examples" disabled={!queryEditor}>
        Examples <span aria-hidden="true">▾</span>
      </DropdownMenu.Button>
      <DropdownMenu.Content className="explorer-menu" align="start">
        {examples.map((example) => (
          <DropdownMenu.Item key={example.name} onSelect={() => open(example)}>
            <span>{example.title}</span>
            <span className="explorer-kind">{example.kind}</span>
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu>
  );
}

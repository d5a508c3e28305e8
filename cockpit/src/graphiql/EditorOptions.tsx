import { useEffect } from 'react';
import { useGraphiQL } from '@graphiql/react';

/** What GraphiQL leaves to Monaco: text small enough for three columns, and long lines of an operation wrapped. */
export function EditorOptions() {
  const { queryEditor, variableEditor, headerEditor, responseEditor } = useGraphiQL((state) => ({
    queryEditor: state.queryEditor,
    variableEditor: state.variableEditor,
    headerEditor: state.headerEditor,
    responseEditor: state.responseEditor,
  }));
  useEffect(() => {
    for (const editor of [queryEditor, variableEditor, headerEditor, responseEditor]) {
      editor?.updateOptions({ fontSize: 13 });
    }
    // So that an example's explanation can be read beside the documentation.
    queryEditor?.updateOptions({ wordWrap: 'on', wrappingIndent: 'indent' });
  }, [queryEditor, variableEditor, headerEditor, responseEditor]);
  return null;
}

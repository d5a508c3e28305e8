import { useEffect, useRef, type ReactNode } from 'react';
import '../sections/feed/dialog.css';
import './drawer.css';

interface Props {
  /** Id of its heading. */
  titleId: string;
  /** `drawer` stands at the side, over the whole height; on a phone it takes the screen. */
  kind?: 'dialog' | 'drawer';
  onClose: () => void;
  children: ReactNode;
}

/** What stands over the page until it is closed: by Escape, a click beside it, or what is inside. */
export function Dialog({ titleId, kind = 'dialog', onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={kind === 'drawer' ? 'drawer' : 'dialog'}
      aria-labelledby={titleId}
      onClose={(event) => event.target === dialog.current && onClose()}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      {children}
    </dialog>
  );
}

import { useEffect, useId, useRef, useState } from 'react';
import './menu.css';

interface Props<T extends string> {
  label: string;
  options: { value: T; name: string }[];
  chosen: T[];
  onChange: (chosen: T[]) => void;
}

/** A button that opens a list of choices, any number of which can be on. */
export function Menu<T extends string>({ label, options, chosen, onChange }: Props<T>) {
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const id = useId();

  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: Event) => {
      if (!place.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
    };
  }, [open]);

  const names = options.filter(({ value }) => chosen.includes(value)).map(({ name }) => name);
  return (
    <div
      className="menu"
      ref={place}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return;
        setOpen(false);
        place.current?.querySelector('button')?.focus();
      }}
    >
      <button type="button" className="button button-small" data-on={names.length > 0} aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
        {label}
        {names.length > 0 && <span className="menu-chosen">{names.length > 2 ? names.length : names.join(', ')}</span>}
        <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
          <path d="M2 3.5 5 6.5 8 3.5" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round" />
        </svg>
      </button>
      {open && (
        <fieldset className="menu-list" id={id}>
          <legend className="unseen">{label}</legend>
          {options.map(({ value, name }) => (
            <label key={value}>
              <input
                type="checkbox"
                checked={chosen.includes(value)}
                onChange={({ target }) => onChange(target.checked ? [...chosen, value] : chosen.filter((other) => other !== value))}
              />
              {name}
            </label>
          ))}
        </fieldset>
      )}
    </div>
  );
}

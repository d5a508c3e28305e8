import favicon from '../shared/favicon.svg';

export function Logo({ size = 26 }: { size?: number }) {
  return <img src={favicon} width={size} height={size} alt="" />;
}

import { scaleLinear } from 'd3-scale';
import { area, curveMonotoneX, line } from 'd3-shape';
import './sparkline.css';

const WIDTH = 120;
const HEIGHT = 36;
const EDGE = 4;

/** A small line of figures, the latest marked. `label` says what it shows and how it went. */
export function Sparkline({ values, label }: { values: number[]; label: string }) {
  if (values.length < 2) return null;
  const x = scaleLinear([0, values.length - 1], [EDGE, WIDTH - EDGE]);
  const y = scaleLinear([Math.min(0, ...values), Math.max(...values) || 1], [HEIGHT - EDGE, EDGE]);
  const points = values.map((value, at): [number, number] => [x(at), y(value)]);
  const last = points[points.length - 1] as [number, number];
  const path = line<[number, number]>().curve(curveMonotoneX)(points) ?? '';
  const fill = area<[number, number]>().curve(curveMonotoneX).x(([at]) => at).y1(([, value]) => value).y0(HEIGHT)(points) ?? '';
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label} preserveAspectRatio="none">
      <path className="sparkline-fill" d={fill} />
      <path className="sparkline-line" d={path} />
      {/* A line without length keeps its round end however the picture is stretched. */}
      <path className="sparkline-last" d={`M${last[0]},${last[1]}h0`} />
    </svg>
  );
}

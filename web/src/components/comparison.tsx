import type { Estimate } from "../api/evaluation";
import type { Comparison, ComparedMeasures } from "../api/training";
import { COMPARED } from "../api/training";
import { COMPARED_NAMES, readComparison, readingText, readingTitle } from "../lib/comparison";
import { plural } from "../lib/words";
import { figureText, IntervalPlot } from "./interval";
import { AlertIcon, CheckIcon, QuestionIcon } from "./icons";

const ICONS = {
  better: CheckIcon,
  worse: AlertIcon,
  mixed: QuestionIcon,
  open: QuestionIcon,
  "too-few": QuestionIcon,
};

function Row({ estimate, who }: { estimate: Estimate; who: keyof Omit<Comparison, "recordings" | "note"> }) {
  const { value, low, high } = estimate;
  const figure = value === null ? undefined : { value, low, high };
  return (
    <>
      <td className="compared-who">{who === "candidate" ? "Candidate" : "Current"}</td>
      <td className={`compared-chart is-${who}`}>
        <IntervalPlot figure={figure} />
      </td>
      <td className="figure">{figure ? figureText(figure) : "undefined"}</td>
    </>
  );
}

// Two models on the same recordings, measure by measure, on one scale from 0 to 1.
export function ComparisonView({ comparison }: { comparison: Comparison }) {
  const reading = readComparison(comparison);
  const Icon = ICONS[reading.outcome];
  const of = (measures: ComparedMeasures, key: (typeof COMPARED)[number]) => measures[key];
  return (
    <>
      <div className={`reading reading-${reading.outcome}`}>
        <Icon size={28} />
        <div>
          <p className="reading-title">{readingTitle(reading)}</p>
          <p>{readingText(reading, comparison.recordings)}</p>
        </div>
      </div>
      <div className="scroll-x" tabIndex={0} role="region" aria-label="Candidate and current model">
        <table className="compared">
          <caption className="quiet small">
            Both heard the same {plural(comparison.recordings, "recording")}, each judged by a
            candidate that had not learned from it. In brackets the 95 % interval.
          </caption>
          <thead>
            <tr>
              <th scope="col">Measure</th>
              <th scope="col">Model</th>
              <th scope="col" className="compared-chart">
                <span className="compared-scale" aria-hidden="true">
                  <span>0</span>
                  <span>0.5</span>
                  <span>1</span>
                </span>
                <span className="visually-hidden">Drawn</span>
              </th>
              <th scope="col">Figure</th>
            </tr>
          </thead>
          {COMPARED.map((key) => (
            <tbody key={key}>
              <tr>
                <th scope="rowgroup" rowSpan={2}>
                  {COMPARED_NAMES[key].name}
                  <span className="quiet small block">{COMPARED_NAMES[key].explanation}</span>
                </th>
                <Row estimate={of(comparison.candidate, key)} who="candidate" />
              </tr>
              <tr>
                <Row estimate={of(comparison.current, key)} who="current" />
              </tr>
            </tbody>
          ))}
        </table>
      </div>
      {comparison.note && <p className="quiet small comparison-note">{comparison.note}</p>}
    </>
  );
}

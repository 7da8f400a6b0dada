import type { ConfusionMatrix } from "../api/types";

interface Props {
  matrix: ConfusionMatrix;
}

// How many recordings of each kind were called what. Deeper means a larger share of its row.
export function Confusion({ matrix }: Props) {
  const rows = [
    { label: "Labelled normal", cells: [matrix.true_negative, matrix.false_positive], right: 0 },
    { label: "Labelled abnormal", cells: [matrix.false_negative, matrix.true_positive], right: 1 },
  ];
  return (
    <table className="confusion">
      <thead>
        <tr>
          <td />
          <th scope="col">Called normal</th>
          <th scope="col">Called abnormal</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ label, cells, right }) => {
          const sum = cells.reduce((total, count) => total + count, 0);
          return (
            <tr key={label}>
              <th scope="row">{label}</th>
              {cells.map((count, i) => (
                <td
                  key={i === right ? "right" : "wrong"}
                  className={i === right ? "right" : "wrong"}
                >
                  <span className="confusion-count">{count}</span>
                  <span className="confusion-note">
                    {i === right ? "right" : "wrong"}
                    {sum > 0 && `, ${Math.round((count / sum) * 100)} %`}
                  </span>
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

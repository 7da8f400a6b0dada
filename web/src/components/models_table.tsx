import { Button, Paper, Title } from "@mantine/core";
import { useState } from "react";
import type { Comparison, ModelEntry, ModelName } from "../api/training";
import { promote } from "../api/training";
import { readComparison, readingTitle, rollbackTarget } from "../lib/comparison";
import { when } from "../lib/moments";
import type { Answer } from "../state/answer";
import { Confirm } from "./confirm";
import { CheckIcon } from "./icons";

const SOURCES: Record<ModelEntry["source"], string> = {
  shipped: "came with the program",
  retrained: "trained here",
  given: "given by whoever runs the server",
};

interface PromoteProps {
  model: ModelName;
  current: ModelEntry | null;
  comparison: Comparison | null;
  isRollback?: boolean;
  onDone: (model: ModelName) => void;
  onClose: () => void;
}

// What promoting means, and who does it.
export function PromoteDialog(props: PromoteProps) {
  const { model, current, comparison, isRollback, onDone, onClose } = props;
  const name = `${model.name} ${model.version}`;
  return (
    <Confirm
      title={isRollback ? `Roll back to ${name}?` : `Promote ${name}?`}
      action={isRollback ? "Roll back" : "Promote"}
      asksName
      onClose={onClose}
      onConfirm={async (by) => {
        await promote(model.sha256, by);
        onDone(model);
      }}
    >
      <p>
        From then on every recording is judged by <strong>{name}</strong>
        {current && ` instead of ${current.name} ${current.version}`}. Requests that are under way are
        not disturbed, and predictions that were given before stay as they are.
      </p>
      {comparison && (
        <p className="dialog-reading">
          What was measured: <strong>{readingTitle(readComparison(comparison)).toLowerCase()}</strong>{" "}
          ({comparison.recordings} recordings).
        </p>
      )}
      {!isRollback && <p className="dialog-reading">You can roll back at any time.</p>}
    </Confirm>
  );
}

interface Props {
  models: Answer<ModelEntry[]>;
  onPromoted: (model: ModelName) => void;
}

export function ModelsTable({ models, onPromoted }: Props) {
  const [chosen, setChosen] = useState<{ model: ModelEntry; isRollback: boolean } | null>(null);
  const content = () => {
    if (models.state === "loading") return <p className="quiet">Loading…</p>;
    if (models.state !== "ready") return <p>{models.detail}</p>;
    const list = models.value;
    if (list.length === 0) return <p>The server knows no model yet.</p>;
    const before = rollbackTarget(list);
    const current = list.find(({ serving }) => serving) ?? null;
    return (
      <>
        <div className="scroll-x" tabIndex={0} role="region" aria-label="Models of this server">
          <table className="models">
            <thead>
              <tr>
                <th scope="col">Model</th>
                <th scope="col">From</th>
                <th scope="col">Added</th>
                <th scope="col">Promoted</th>
                <th scope="col">Now</th>
              </tr>
            </thead>
            <tbody>
              {list.map((model) => (
                <tr key={model.sha256} className={model.serving ? "all" : undefined}>
                  <th scope="row">
                    {model.name} {model.version}
                    <code className="block quiet">{model.sha256.slice(0, 12)}</code>
                  </th>
                  <td>
                    {SOURCES[model.source]}
                    {model.comparison && (
                      <span className="quiet small block">
                        {readingTitle(readComparison(model.comparison))}
                      </span>
                    )}
                  </td>
                  <td>{when(model.added)}</td>
                  <td>{model.promoted ? when(model.promoted) : "never"}</td>
                  <td>
                    {model.serving ? (
                      <span className="verdict verdict-normal">
                        <CheckIcon size={18} />
                        <span>Serves</span>
                      </span>
                    ) : model.available ? (
                      <Button
                        size="xs"
                        variant="default"
                        aria-label={`Promote ${model.name} ${model.version}`}
                        onClick={() => setChosen({ model, isRollback: false })}
                      >
                        Promote
                      </Button>
                    ) : (
                      <span className="quiet">Its file is gone</span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {before ? (
          <Button
            mt="md"
            variant="default"
            onClick={() => setChosen({ model: before, isRollback: true })}
          >
            Roll back to {before.name} {before.version}
          </Button>
        ) : (
          <p className="quiet small models-note">
            There is nothing to roll back to: no other model served before this one.
          </p>
        )}
        {chosen && (
          <PromoteDialog
            model={chosen.model}
            current={current}
            comparison={chosen.isRollback ? null : chosen.model.comparison}
            isRollback={chosen.isRollback}
            onDone={onPromoted}
            onClose={() => setChosen(null)}
          />
        )}
      </>
    );
  };
  return (
    <Paper className="card" withBorder component="section" aria-labelledby="models">
      <Title order={2} id="models">
        Models
      </Title>
      {content()}
    </Paper>
  );
}

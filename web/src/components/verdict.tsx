import type { Verdict } from "../api/types";
import { VERDICT_WORDS } from "../lib/words";
import { AlertIcon, CheckIcon, QuestionIcon, RepeatIcon } from "./icons";

const ICONS = {
  normal: CheckIcon,
  abnormal: AlertIcon,
  uncertain: QuestionIcon,
  poor_quality: RepeatIcon,
};

interface Props {
  verdict: Verdict;
  large?: boolean;
}

// In words, with an icon of its own shape: never by colour alone.
export function VerdictLabel({ verdict, large = false }: Props) {
  const Icon = ICONS[verdict];
  return (
    <span className={`verdict verdict-${verdict}${large ? " verdict-large" : ""}`}>
      <Icon size={large ? 40 : 20} />
      <span>{VERDICT_WORDS[verdict]}</span>
    </span>
  );
}

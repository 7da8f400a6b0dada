// Whether this browser shows over the spectrogram what moved the model.

const WHY_KEY = "heartbeat-why";

// A browser may have no storage for us.
export function remembersWhy(): boolean {
  try {
    return localStorage.getItem(WHY_KEY) === "on";
  } catch {
    return false;
  }
}

export function rememberWhy(isShown: boolean): void {
  try {
    localStorage.setItem(WHY_KEY, isShown ? "on" : "off");
  } catch {
    // Then it is chosen again.
  }
}

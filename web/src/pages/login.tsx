import { Alert, Button, Paper, PasswordInput } from "@mantine/core";
import type { FormEvent } from "react";
import { useState } from "react";
import { troubleOf } from "../lib/trouble";
import { enter } from "../state/access";

// In the place of every view, until there is a key that the server knows.
export function LoginPage({ hasEnded }: { hasEnded: boolean }) {
  const [key, setKey] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (key.trim() === "" || isBusy) return;
    setBusy(true);
    setTrouble(null);
    try {
      await enter(key.trim());
    } catch (failure) {
      setTrouble(troubleOf(failure).text);
      setBusy(false);
    }
  };
  return (
    <Paper className="card login" withBorder component="section" aria-labelledby="login-title">
      <h1 id="login-title">Log in</h1>
      {hasEnded && !trouble && (
        <Alert color="yellow" role="status" mb="md" title="You were logged out">
          The session has ended. Recordings that wait here are sent by themselves once you are back.
        </Alert>
      )}
      <form onSubmit={(event) => void submit(event)}>
        <PasswordInput
          label="API key"
          description="It begins with hb_. Whoever runs this server can make one."
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
          autoComplete="current-password"
          spellCheck={false}
          autoFocus
          visibilityToggleButtonProps={{ "aria-label": "Show the key", tabIndex: 0 }}
        />
        {trouble && (
          <Alert color="red" mt="md" role="alert" title="You are not logged in">
            {trouble}
          </Alert>
        )}
        <Button type="submit" mt="lg" fullWidth loading={isBusy} disabled={key.trim() === ""}>
          Log in
        </Button>
      </form>
      <p className="quiet login-note">
        This browser keeps no key: it is given a cookie that ends after an hour without work, after
        12 hours at the latest, and when you log out.
      </p>
    </Paper>
  );
}

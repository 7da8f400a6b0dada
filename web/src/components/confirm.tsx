import { Alert, Button, Group, Modal, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { useState } from "react";
import { troubleOf } from "../lib/trouble";
import { rememberedName, rememberName } from "../state/name";

interface Props {
  title: string;
  action: string; // words of the button
  isGrave?: boolean; // it takes something away
  asksName?: boolean;
  onConfirm: (by: string) => Promise<void>; // rejects where it failed: the dialog says why and stays
  onClose: () => void;
  children: ReactNode; // what happens then
}

// Asks before something that others will notice.
export function Confirm({ title, action, isGrave, asksName, onConfirm, onClose, children }: Props) {
  const [name, setName] = useState(rememberedName);
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const lacksName = asksName === true && name.trim() === "";
  const confirm = async () => {
    setBusy(true);
    setTrouble(null);
    try {
      await onConfirm(name.trim());
      if (asksName) rememberName(name.trim());
      onClose();
    } catch (failure) {
      setTrouble(troubleOf(failure).text);
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      centered
      onClose={onClose}
      title={title}
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!lacksName && !isBusy) void confirm();
        }}
      >
        {children}
        {asksName && (
          <TextInput
            label="Your name"
            description="Kept in the server's audit trail, and remembered in this browser."
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            autoComplete="name"
            maxLength={100}
            required
            mt="md"
            data-autofocus
          />
        )}
        {trouble && (
          <Alert color="red" mt="md" role="alert" title="It was not done">
            {trouble}
          </Alert>
        )}
        <Group justify="flex-end" mt="lg" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={isBusy} disabled={lacksName} {...(isGrave && { color: "red.9" })}>
            {action}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}

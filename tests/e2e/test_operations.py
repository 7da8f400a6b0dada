#!/usr/bin/env python3
"""What whoever keeps HeartBeat AI running relies on: settings, completion, manual pages, monitoring, the
files of deploy/, and a restore that was rehearsed.

usage: test_operations.py BIN DATA_DIR MODEL
"""

import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import harness
from harness import PATIENCE_S, SOURCE, Server, ServerTest, environment
from prometheus_client.parser import text_string_to_metric_families

DEPLOY = SOURCE / "deploy"


def run(*command, **added):
    return subprocess.run(
        [*map(str, command)], capture_output=True, text=True, env=environment(**added),
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip


def heartbeat(*arguments, **added):
    return run(harness.PROGRAM, *arguments, **added)


def verbs(*above):
    """The verbs below `heartbeat ABOVE`, as its help lists them."""
    if above == ("train",):  # its help is that of another program
        return []
    text = heartbeat(*above, "--help").stdout
    _, found, listed = text.partition("\nSubcommands:\n")
    return re.findall(r"^  (\S+)", listed.split("\n\n")[0], re.MULTILINE) if found else []


def all_verbs():
    for verb in verbs():
        yield (verb,)
        for below in verbs(verb):
            yield (verb, below)


def need(test, program, package):
    if shutil.which(program) is None:
        test.skipTest(f"{program} is not installed: apt-get install {package}")


class Settings(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name, "heartbeat.toml")
        self.file.write_text("[serve]\nmax-queue = 7\nthreads = 3\nport = 1\n")

    def settings(self, *arguments, **added):
        done = heartbeat("config", "--json", *arguments, **added)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {row["name"]: row for row in json.loads(done.stdout)["settings"]}

    def test_every_option_of_serve_is_shown(self):
        help_text = heartbeat("serve", "--help").stdout
        options = set(re.findall(r"^  --([a-z-]+)", help_text, re.MULTILINE)) - {"help"}
        self.assertGreater(len(options), 25)
        self.assertEqual(set(self.settings()), options)

    def test_each_value_comes_from_where_it_is_said_to(self):
        rows = self.settings(
            "--config", self.file, "--port", "9", HEARTBEAT_THREADS="5", HEARTBEAT_PORT="8"
        )
        shown = {name: (rows[name]["value"], rows[name]["from"]) for name in rows}
        self.assertEqual(shown["max-queue"], ("7", "file"))
        self.assertEqual(shown["threads"], ("5", "environment"))
        self.assertEqual(shown["port"], ("9", "flag"))
        self.assertEqual(shown["host"], ("127.0.0.1", "default"))
        self.assertEqual(shown["no-store"], ("false", "default"))
        named = self.settings(HEARTBEAT_CONFIG=str(self.file))
        self.assertEqual(named["max-queue"]["from"], "file")

    def test_what_serve_would_refuse_is_refused(self):
        for arguments, added, code, message in (
            (["--prot", "9"], {}, 2, "--prot"),
            (["--port", "70000"], {}, 2, "--port"),
            (["--host", "0.0.0.0"], {}, 1, "--insecure"),
            (["--tls-cert", "a"], {}, 1, "--tls-key"),
            ([], {"HEARTBEAT_PROT": "9"}, 2, "HEARTBEAT_PROT is set in the environment"),
            ([], {"HEARTBEAT_PORT": "tcp://10.0.0.1:80"}, 2, "HEARTBEAT_PORT"),
        ):
            done = heartbeat("config", *arguments, **added)
            self.assertIn(message, done.stderr)
            self.assertNotEqual(done.returncode, 0, arguments)
            # The same words from the server itself, which must end by itself: it never listens.
            served = heartbeat("serve", *arguments, "--no-store", **added)
            self.assertNotEqual(served.returncode, 0)
            self.assertIn(message, served.stderr)
        self.file.write_text("[serve]\nmax-qeue = 7\n")
        done = heartbeat("config", "--config", self.file)
        self.assertEqual(done.returncode, 2)
        self.assertIn("line 2", done.stderr)


class Completion(unittest.TestCase):
    def complete(self, *words):
        """What bash offers for the last of `words`."""
        script = heartbeat("completion", "bash").stdout
        quoted = " ".join("'" + word + "'" for word in words)
        asked = (
            script + f"\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}\n_heartbeat\n"
            'printf "%s\\n" "${COMPREPLY[@]}"\n'
        )
        done = subprocess.run(
            ["bash", "--norc", "-c", asked], capture_output=True, text=True, cwd=harness.DATA,
            timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_bash_completes_verbs_options_and_files(self):
        self.assertEqual(self.complete("heartbeat", "pred"), ["predict"])
        self.assertEqual(self.complete("heartbeat", "history", "li"), ["list"])
        self.assertEqual(self.complete("heartbeat", "serve", "--max-qu"), ["--max-queue"])
        self.assertIn("a0001.flac", self.complete("heartbeat", "predict", "a00"))
        self.assertEqual(self.complete("heartbeat", "serve", "--model", "a0001"), ["a0001.flac"])
        # A verb after an option with a value, and a value that is called like a verb.
        self.assertEqual(self.complete("heartbeat", "--config", "x", "histo"), ["history"])
        self.assertEqual(self.complete("heartbeat", ""), verbs())

    def test_zsh_completes_verbs_and_options(self):
        need(self, "zsh", "zsh")
        script = heartbeat("completion", "zsh").stdout

        def candidates(*words):
            quoted = " ".join("'" + word + "'" for word in words)
            asked = (
                "_describe() { print -l -- ${(P)@[-1]}; }\n_files() { print files; }\n"
                + script
                + f"\nwords=({quoted}); CURRENT={len(words)}\n_heartbeat\n"
            )
            done = subprocess.run(
                ["zsh", "-f", "-c", asked], capture_output=True, text=True, timeout=PATIENCE_S,
                check=False,
            )  # fmt: skip
            self.assertEqual(done.stderr, "")
            return [line.split(":")[0] for line in done.stdout.splitlines()]

        self.assertEqual(candidates("heartbeat", ""), verbs())
        self.assertIn("--max-queue", candidates("heartbeat", "serve", "--max"))
        self.assertEqual(candidates("heartbeat", "serve", "--model", ""), ["files"])
        self.assertIn("list", candidates("heartbeat", "history", ""))


class ManualPages(unittest.TestCase):
    def test_every_verb_has_one_with_every_option(self):
        with tempfile.TemporaryDirectory() as folder:
            done = heartbeat("man", "--out-dir", folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            pages = {page.name: page.read_text() for page in Path(folder).iterdir()}
        wanted = {"heartbeat.1"} | {"heartbeat-" + "-".join(verb) + ".1" for verb in all_verbs()}
        self.assertGreater(len(wanted), 15)
        self.assertEqual(set(pages), wanted)
        options = re.findall(r"^  --([a-z-]+)", heartbeat("serve", "--help").stdout, re.MULTILINE)
        for option in options:
            self.assertIn("\\-\\-" + option.replace("-", "\\-"), pages["heartbeat-serve.1"])
        self.assertEqual(heartbeat("man", "history", "list").stdout,
                         pages["heartbeat-history-list.1"])
        self.assertEqual(heartbeat("man", "nothing").returncode, 2)

    def test_groff_has_nothing_to_say(self):
        need(self, "groff", "groff")
        for verb in [(), ("serve",), ("history", "list")]:
            page = heartbeat("man", *verb).stdout
            done = subprocess.run(
                ["groff", "-man", "-Tutf8", "-ww", "-z"], input=page, capture_output=True,
                text=True, timeout=PATIENCE_S, check=False,
            )  # fmt: skip
            self.assertEqual(done.stderr, "", verb)


class Monitoring(ServerTest):
    @classmethod
    def setUpClass(cls):
        with Server() as server:
            server.predict((harness.DATA / "a0001.flac").read_bytes())
            text = server.get("/metrics", headers={"Accept": "text/plain"}).text
        cls.samples = {
            sample.name: sample.labels
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def assert_scraped(self, expression):
        """Every metric that `expression` names was there, with the labels that it chooses by."""
        names = re.findall(r"\b(?:heartbeat|process)_[a-z_]+", expression)
        for name in names:
            self.assertIn(name, self.samples, expression)
        for name, chosen in re.findall(r"\b((?:heartbeat|process)_[a-z_]+)\{([^}]*)\}", expression):
            for label in re.findall(r"(\w+)\s*[=!]", chosen):
                if label not in ("job", "instance"):  # Prometheus adds these
                    self.assertIn(label, self.samples[name], expression)
        return len(names)

    def test_every_metric_of_the_dashboard_is_scraped(self):
        dashboard = json.loads((DEPLOY / "grafana/heartbeat.json").read_text())
        expressions = [t["expr"] for panel in dashboard["panels"] for t in panel["targets"]]
        self.assertGreater(sum(self.assert_scraped(expression) for expression in expressions), 20)
        for variable in dashboard["templating"]["list"]:
            self.assert_scraped(variable["query"])
        ids = [panel["id"] for panel in dashboard["panels"]]
        self.assertEqual(len(ids), len(set(ids)))

    def test_every_metric_of_the_alerts_is_scraped(self):
        text = (DEPLOY / "prometheus/alerts.yml").read_text()
        self.assertGreater(self.assert_scraped(text), 10)
        tested = (DEPLOY / "prometheus/alerts_test.yml").read_text()
        alerts = re.findall(r"- alert: (\w+)", text)
        for alert in alerts:
            self.assertGreaterEqual(tested.count(f"alertname: {alert}\n"), 2, alert)

    def test_promtool_finds_the_rules_right(self):
        need(self, "promtool", "prometheus")
        for command in (("check", "config", "prometheus.yml"), ("test", "rules", "alerts_test.yml")):
            done = subprocess.run(
                ["promtool", *command], cwd=DEPLOY / "prometheus", capture_output=True, text=True,
                timeout=PATIENCE_S, check=False,
            )  # fmt: skip
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Restore(ServerTest):
    """The words of docs/operations.md, done."""

    def test_after_a_loss_the_backup_answers_the_same(self):
        recordings = [harness.DATA / name for name in ("a0001.flac", "a0060.flac", "e00001.flac")]
        with tempfile.TemporaryDirectory() as name:
            folder, backup = Path(name, "data"), Path(name, "backup")
            with Server("--data-dir", folder) as server:
                for recording in recordings:
                    self.assertEqual(server.predict(recording.read_bytes()).status_code, 200)
                before = server.get("/predictions").json()["predictions"]
                whole = {one["id"]: server.get("/predictions/" + one["id"]).json() for one in before}
                # While the server runs.
                done = heartbeat("backup", backup, "--data-dir", folder)
                self.assertEqual(done.returncode, 0, done.stderr)
            shutil.rmtree(folder)
            done = heartbeat("restore", backup, "--data-dir", folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(heartbeat("history", "verify", "--data-dir", folder).returncode, 0)
            with Server("--data-dir", folder) as server:
                after = server.get("/predictions").json()["predictions"]
                self.assertEqual(len(after), len(recordings))
                self.assertEqual(after, before)
                for one, answer in whole.items():
                    self.assertEqual(server.get("/predictions/" + one).json(), answer)
                    sound = server.get(f"/predictions/{one}/audio").content
                    self.assertIn(sound, [recording.read_bytes() for recording in recordings])
                # And the model says of the same sound what it said.
                again = server.predict(recordings[0].read_bytes()).json()
                told = [answer["probability_abnormal"] for answer in whole.values()]
                self.assertIn(again["probability_abnormal"], told)


class Kubernetes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            import yaml
        except ImportError:
            raise unittest.SkipTest("python3-yaml is not installed") from None
        text = (DEPLOY / "kubernetes/heartbeat.yaml").read_text()
        cls.objects = {one["kind"]: one for one in yaml.safe_load_all(text)}

    def check(self, value, type_name, where, client):
        """`value` against a type of the Kubernetes API: its fields, which must be there, their types."""
        if type_name.startswith("list["):
            self.assertIsInstance(value, list, where)
            for i, one in enumerate(value):
                self.check(one, type_name[5:-1], f"{where}[{i}]", client)
        elif type_name.startswith("dict("):
            self.assertIsInstance(value, dict, where)
            for key, one in value.items():
                self.check(one, type_name[5:-1].split(", ")[1], f"{where}.{key}", client)
        elif type_name in ("str", "int", "bool", "float"):
            self.assertIsInstance(value, {"str": str, "int": int, "bool": bool}[type_name], where)
        elif type_name != "object":
            model = getattr(client, type_name)
            names = {json_name: name for name, json_name in model.attribute_map.items()}
            for key, one in value.items():
                self.assertIn(key, names, f"{where}: {type_name} has no such field")
                self.check(one, model.openapi_types[names[key]], f"{where}.{key}", client)
            # A model's setters refuse what is missing or out of range.
            from kubernetes.client import ApiClient

            class Body:
                data = json.dumps(value)

            ApiClient().deserialize(Body, type_name)

    def test_every_object_is_one_of_the_api(self):
        try:
            from kubernetes import client
        except ImportError:
            self.skipTest("the Kubernetes API is in python3-kubernetes, which is not installed")
        prefixes = {"v1": "V1", "apps/v1": "V1", "autoscaling/v1": "V1", "policy/v1": "V1",
                    "networking.k8s.io/v1": "V1"}  # fmt: skip
        for kind, one in self.objects.items():
            self.check(one, prefixes[one["apiVersion"]] + kind, kind, client)

    def test_what_keeps_it_safe_is_there(self):
        deployment = self.objects["Deployment"]["spec"]
        self.assertEqual(deployment["replicas"], 1)
        self.assertEqual(deployment["strategy"]["type"], "Recreate")
        self.assertEqual(self.objects["HorizontalPodAutoscaler"]["spec"]["maxReplicas"], 1)
        pod = deployment["template"]["spec"]
        self.assertIs(pod["enableServiceLinks"], False)
        self.assertIs(pod["securityContext"]["runAsNonRoot"], True)
        container = pod["containers"][0]
        self.assertIs(container["securityContext"]["readOnlyRootFilesystem"], True)
        self.assertEqual(container["livenessProbe"]["httpGet"]["path"], "/health/live")
        self.assertEqual(container["readinessProbe"]["httpGet"]["path"], "/health/ready")
        labels = deployment["template"]["metadata"]["labels"]
        for kind in ("Service", "PodDisruptionBudget", "NetworkPolicy"):
            spec = self.objects[kind]["spec"]
            selector = spec.get("podSelector", spec.get("selector"))
            self.assertEqual(selector.get("matchLabels", selector), labels)
        mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
        self.assertEqual(mounts, {"/var/lib/heartbeat", "/etc/heartbeat", "/tmp"})

    def test_the_settings_are_accepted(self):
        settings = self.objects["ConfigMap"]["data"]["heartbeat.toml"]
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(settings)
            file.flush()
            container = self.objects["Deployment"]["spec"]["template"]["spec"]["containers"][0]
            added = {one["name"]: one["value"] for one in container["env"]}
            done = heartbeat("config", **added | {"HEARTBEAT_CONFIG": file.name})
            self.assertEqual(done.returncode, 0, done.stderr)


class Files(unittest.TestCase):
    def test_the_settings_of_the_debian_package_are_accepted(self):
        done = heartbeat("config", "--config", DEPLOY / "debian/heartbeat.toml")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"data-dir +/var/lib/heartbeat +file")

    def test_compose_finds_its_file_right(self):
        need(self, "docker-compose", "docker-compose")
        done = run("docker-compose", "--file", SOURCE / "docker-compose.yml", "config")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("127.0.0.1:8000:8000", done.stdout)

    def test_versions_agree(self):
        listed = (SOURCE / "CMakeLists.txt").read_text()
        version = re.search(r"project\(heartbeat VERSION (\S+)", listed).group(1)
        for name in ("docker-compose.yml", "deploy/kubernetes/heartbeat.yaml"):
            self.assertIn(f"image: heartbeat:{version}\n", (SOURCE / name).read_text(), name)
        changes = (DEPLOY / "debian/changelog").read_text()
        self.assertTrue(changes.startswith(f"heartbeat ({version}) "), changes)


if __name__ == "__main__":
    harness.main(__doc__, 15)

// SPDX-License-Identifier: MIT
// How the real programs are started that announce and play what they send; all as a user, since VLC refuses to be root.
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Tells whether a program is there; on a desktop it may conflict with what is installed. */
export function isInstalled(program: string): boolean {
  return (process.env["PATH"] ?? "").split(path.delimiter).some((folder) => existsSync(path.join(folder, program)));
}

/** nobody and nogroup. */
const USER_ID = 65_534;

/** A folder of that user, which is its home. */
export function makeHome(): string {
  const home = mkdtempSync(path.join(tmpdir(), "mauth-player-"));
  chownSync(home, USER_ID, USER_ID);
  return home;
}

/** A command as that user. */
export function asUser(home: string, command: readonly string[]): string[] {
  const ids = [`--reuid=${USER_ID}`, `--regid=${USER_ID}`, "--clear-groups"];
  return ["setpriv", ...ids, "env", `HOME=${home}`, `XDG_RUNTIME_DIR=${home}`, ...command];
}

/** Writes four seconds of MPEG-2 video and audio, and returns the file. */
export function makeFilm(folder: string): string {
  const film = path.join(folder, "film.ts");
  const sources = ["-f", "lavfi", "-i", "testsrc=size=320x240:rate=25", "-f", "lavfi", "-i", "sine"];
  const codecs = ["-c:v", "mpeg2video", "-g", "12", "-c:a", "mp2", "-f", "mpegts"];
  execFileSync("ffmpeg", ["-y", "-nostdin", "-loglevel", "error", ...sources, "-t", "4", ...codecs, film]);
  return film;
}

/** VLC plays a film for ever and announces it; the output chain says how. */
export function vlcAnnouncing(home: string, film: string, chain: string): string[] {
  const options = ["-I", "dummy", "--no-dbus", "--loop", "--sap-interval", "1", "--sout-keep"];
  return asUser(home, ["cvlc", ...options, film, "--sout", chain]);
}

/** VLC looks for announcements, takes commands on its standard input, and writes what it plays into a file. */
export function vlcListening(home: string, recorded: string): string[] {
  const chain = `#std{access=file,mux=ts,dst=${recorded}}`;
  return asUser(home, ["vlc", "-I", "rc", "--no-dbus", "--services-discovery", "sap", "--sout", chain]);
}

/** PulseAudio sends a tone to 224.0.0.56 and announces it there. */
export function pulseAudio(home: string, title: string): string[] {
  const modules = [
    "module-native-protocol-unix",
    "module-null-sink sink_name=rtp",
    "module-sine-source",
    `module-rtp-send source=rtp.monitor inhibit_auto_suspend=always stream_name=${title}`,
  ].flatMap((module) => ["-L", module]);
  const options = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"];
  return asUser(home, ["pulseaudio", ...options, ...modules]);
}

/** PipeWire does; from 0.3.67 on a module of its own announces. */
export function pipeWire(home: string, title: string): string[] {
  const file = path.join(home, "pipewire.conf");
  writeFileSync(
    file,
    `context.properties = { core.daemon = true core.name = pipewire-0 support.dbus = false }
context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert support.* = support/libspa-support }
context.modules = [
  { name = libpipewire-module-protocol-native }
  { name = libpipewire-module-client-node }
  { name = libpipewire-module-adapter }
  { name = libpipewire-module-metadata }
  { name = libpipewire-module-rtp-sap args = { local.ifname = "sap0" } flags = [ ifexists nofail ] }
  { name = libpipewire-module-rtp-sink
    args = { local.ifname = "sap0" sess.name = "${title}" stream.props = { node.name = "rtp" sess.sap.announce = true } } }
]
`,
  );
  return asUser(home, ["pipewire", "-c", file]);
}

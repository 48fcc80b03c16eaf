"""The circuit: what stands between two mouths and a recording.

Band, crosstalk, noise, overload and the telephone's 8-bit code, in this order, on clean samples of each party.
Crosstalk is the other party's voice on this channel, weaker and later: a leak where the delay is short, an
echo where it is long. On one shared channel it is everybody's own echo.

Left out: packet loss, lossy codecs (encode what was built with ffmpeg), gain control, noise with a voice in it.

Sources: ITU-T G.711 (8 kHz, 8-bit mu-law; here its continuous curve), G.712 (300 to 3400 Hz), P.50/P.56
(speech at -26 dB below overload is the nominal level).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import scipy

Samples = npt.NDArray[np.float64]

TELEPHONE_HZ = (300.0, 3400.0)  # G.712
NOMINAL_DBFS = -26.0  # P.50: leaves speech the head room it needs
MU = 255.0  # G.711 mu-law
COPY_GAIN, COPY_DELAY_S = 0.5, 0.002  # a recorder's second channel: 6 dB down, through another converter


class Band(StrEnum):
    """What frequencies the circuit carries."""

    TELEPHONE = "telephone"
    WIDE = "wide"


class Layout(StrEnum):
    """How the parties lie on channels; copied: both on one, and that one written twice (fake stereo)."""

    STEREO = "stereo"
    MONO = "mono"
    COPIED = "copied"


@dataclass(frozen=True, slots=True)
class Circuit:
    """A line and its recorder. Levels are RMS in dBFS; `snr_db` is from the quieter party down to the noise."""

    layout: Layout = Layout.STEREO
    band: Band = Band.TELEPHONE
    sample_rate_hz: int = 8000
    agent_dbfs: float = NOMINAL_DBFS
    customer_dbfs: float = NOMINAL_DBFS
    snr_db: float = 45.0
    crosstalk_db: float | None = None  # how far below its own channel the other's voice is heard
    crosstalk_delay_s: float = 0.0
    drive_db: float = 0.0  # gain in front of the recorder's converter: what passes full scale is cut flat


CIRCUITS = {
    "clean": Circuit(),
    "noise": Circuit(snr_db=15.0),
    "leak": Circuit(crosstalk_db=30.0, crosstalk_delay_s=0.01),
    "echo": Circuit(crosstalk_db=25.0, crosstalk_delay_s=0.25),
    "clipped": Circuit(drive_db=18.0),
    "wide": Circuit(band=Band.WIDE, sample_rate_hz=16_000),
}


def in_band(samples: Samples, circuit: Circuit) -> Samples:
    """The samples with only the frequencies that the circuit carries; nothing is shifted in time."""
    if circuit.band is Band.WIDE:
        return samples
    sos = scipy.signal.butter(4, TELEPHONE_HZ, "bandpass", fs=circuit.sample_rate_hz, output="sos")
    return np.asarray(scipy.signal.sosfiltfilt(sos, samples))


def recorded(agent: Samples, customer: Samples, circuit: Circuit, seed: int) -> Samples:
    """What the recorder writes of two clean parties of equal length: `(samples, channels)` within [-1, 1]."""
    apart = circuit.layout is Layout.STEREO
    own = np.stack([agent, customer] if apart else [agent + customer])
    noise = np.stack([in_band(each, circuit) for each in np.random.default_rng(seed).standard_normal(own.shape)])
    noise_dbfs = min(circuit.agent_dbfs, circuit.customer_dbfs) - circuit.snr_db
    noise *= 10 ** (noise_dbfs / 20) / np.sqrt(np.mean(np.square(noise)))
    channels = overloaded(own + _crosstalk(own, circuit) + noise, circuit)
    if circuit.band is Band.TELEPHONE:
        channels = _mu_law(channels)
    if circuit.layout is Layout.COPIED:
        copy = COPY_GAIN * _later(channels, round(COPY_DELAY_S * circuit.sample_rate_hz))
        channels = np.concatenate([channels, copy])
    return np.asarray(channels.T)


def overloaded(samples: Samples, circuit: Circuit) -> Samples:
    """The samples as the recorder's converter takes them."""
    return np.clip(samples * 10 ** (circuit.drive_db / 20), -1.0, 1.0)


def _crosstalk(own: Samples, circuit: Circuit) -> Samples:
    if circuit.crosstalk_db is None:
        return np.zeros_like(own)
    late = _later(own[::-1], round(circuit.crosstalk_delay_s * circuit.sample_rate_hz))
    return np.asarray(late * 10 ** (-circuit.crosstalk_db / 20))


def _later(channels: Samples, by: int) -> Samples:
    return np.pad(channels, ((0, 0), (by, 0)))[:, : channels.shape[1]]


def _mu_law(samples: Samples) -> Samples:
    code = np.sign(samples) * np.log1p(MU * np.abs(samples)) / np.log1p(MU)
    code = np.round((code + 1) * 127.5) / 127.5 - 1
    return np.asarray(np.sign(code) * np.expm1(np.abs(code) * np.log1p(MU)) / MU)

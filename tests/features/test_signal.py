"""Spectra against closed forms: Parseval's theorem, sines in their bands, and sums of triangles."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import get_window, stft

from molkit.data.signals import Signal
from molkit.features.signal import (
    LogMelFeaturizer,
    SignalSketchFeaturizer,
    SpectrumFeaturizer,
    WaveformFeaturizer,
    hertz,
    mel,
    mel_filters,
    window_power,
)

RATE = 8000


def sine(frequency: float, length: int = RATE, loudness: float = 1.0) -> Signal:
    return Signal((loudness * np.sin(2 * np.pi * frequency * np.arange(length) / RATE)).astype(np.float32), RATE)


def summary(signal: Signal) -> dict[str, float]:
    featurizer = SpectrumFeaturizer()
    return dict(zip(featurizer.names, featurizer([signal])[0].tolist(), strict=True))


def test_power_of_a_window_is_its_energy() -> None:
    """Parseval: the squares of all frequencies, the inner ones twice, add up to those of the samples."""
    samples = np.random.default_rng(0).normal(size=256)
    power = window_power(samples, 256, 80)[0]
    hann = get_window("hann", 256)
    total = 2 * power.sum() - power[0] - power[-1]
    assert total == pytest.approx(256 * ((samples * hann) ** 2).sum() / (hann**2).sum())


def test_windows_are_those_of_scipy() -> None:
    samples = np.random.default_rng(0).normal(size=256 + 9 * 80)
    _, _, expected = stft(samples, window="hann", nperseg=256, noverlap=176, boundary=None, padded=False)
    hann = get_window("hann", 256)
    scaled = np.abs(expected.T * hann.sum()) ** 2 / (hann**2).sum()
    np.testing.assert_allclose(window_power(samples, 256, 80), scaled, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("length", "frames"), [(1, 1), (256, 1), (257, 2), (336, 2), (337, 3), (8000, 98)])
def test_every_sample_is_in_a_window(length: int, frames: int) -> None:
    """Also the last one: the windows reach to the end of the signal, no further than one hop beyond."""
    assert len(window_power(np.ones(length), 256, 80)) == frames
    assert 0 <= 256 + (frames - 1) * 80 - length < (80 if length > 256 else 256)


def test_the_mel_scale_has_its_published_points() -> None:
    """1000 Hz are 1000 mel (to 0.1), and the way back is the same."""
    assert mel(np.array([0.0, 1000.0])) == pytest.approx([0, 1000], abs=0.02)
    frequencies = np.linspace(0, 20_000, 50)
    np.testing.assert_allclose(hertz(mel(frequencies)), frequencies, rtol=1e-12, atol=1e-9)


def test_triangles_add_up_to_one_between_their_first_and_last_peak() -> None:
    filters, frequencies = mel_filters(RATE, 256, 32), np.fft.rfftfreq(256, 1 / RATE)
    peaks = hertz(np.linspace(0, mel(np.array(RATE / 2)), 34))[1:-1]
    inside = (frequencies >= peaks[0]) & (frequencies <= peaks[-1])
    np.testing.assert_allclose(filters.sum(axis=0)[inside], 1, rtol=1e-12)
    assert (filters >= 0).all()
    assert (filters.sum(axis=1) > 0).all()


def test_a_sine_lands_in_the_band_around_its_frequency() -> None:
    peaks = hertz(np.linspace(0, mel(np.array(RATE / 2)), 34))[1:-1]
    for band in range(4, 32, 3):
        bands = LogMelFeaturizer().bands(sine(peaks[band]))
        assert (bands[1:-1].argmax(axis=1) == band).all()


def test_loudness_moves_all_bands_alike_and_leaves_the_sketch() -> None:
    noise = np.random.default_rng(0).normal(size=2000).astype(np.float32)
    soft, loud = Signal(noise, RATE), Signal(100 * noise, RATE)
    difference = LogMelFeaturizer().bands(loud) - LogMelFeaturizer().bands(soft)
    np.testing.assert_allclose(difference, 2 * np.log(100), rtol=0, atol=1e-3)
    one, other = SignalSketchFeaturizer()([soft, loud])
    np.testing.assert_array_equal(one, other)


def test_a_sketch_is_nearer_to_an_alike_sound() -> None:
    low, near, high = (np.unpackbits(bits) for bits in SignalSketchFeaturizer()([sine(300), sine(320), sine(3000)]))
    assert len(low) == 32 * 8
    assert (low & near).sum() / (low | near).sum() > 1.5 * (low & high).sum() / (low | high).sum()


def test_waveforms_are_the_samples_frame_by_frame() -> None:
    signals = [Signal(np.arange(5, dtype=np.float32), 1), Signal(np.ones(2, np.float32), 1)]
    found = WaveformFeaturizer(frame=2)(signals)
    assert found.values.tolist() == [[0, 1], [2, 3], [4, 4], [1, 1]]
    assert found.offsets.tolist() == [0, 3, 4]
    single = WaveformFeaturizer(frame=1)(signals)
    np.testing.assert_array_equal(single.values[:, 0], np.r_[np.arange(5), 1, 1])


def test_the_summary_says_what_its_names_say() -> None:
    found = summary(sine(500, 4000, 0.5))
    assert found["seconds"] == 0.5
    assert found["log_energy"] == pytest.approx(np.log(0.125), abs=1e-3)
    assert found["zero_crossings"] == pytest.approx(2 * 500 / RATE, abs=1e-3)
    assert found["spread"] == pytest.approx(0.5 / np.sqrt(2), abs=1e-4)
    assert (found["smallest"], found["largest"]) == pytest.approx((-0.5, 0.5), abs=1e-6)
    assert found["quantile_0.5"] == pytest.approx(0, abs=1e-6)


def test_the_summary_knows_when_something_was() -> None:
    series = np.zeros(160, np.float32)
    series[-10:] = 5
    found = summary(Signal(series, 1))
    assert [found[f"segment_{place}"] for place in (1, 15, 16)] == [0, 0, 5]
    assert found["place_of_largest"] == 150 / 160
    late = summary(Signal(np.concatenate([np.zeros(4000, np.float32), sine(1000, 4000).samples]), RATE))
    assert late["mel_15_part_3"] > late["mel_15_part_1"] + 10


def test_silence_and_a_single_sample_give_numbers() -> None:
    for samples in (np.zeros(1), np.zeros(3000), np.full(1, 3.0)):
        signal = Signal(samples.astype(np.float32), RATE)
        assert np.isfinite(SpectrumFeaturizer()([signal])).all()
        assert np.isfinite(LogMelFeaturizer()([signal]).values).all()

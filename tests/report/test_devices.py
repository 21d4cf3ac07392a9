"""Where metrics of machines stand on a run's page, and what they are called."""

from __future__ import annotations

import pytest

from trackio.report.devices import place, sections


@pytest.mark.parametrize(
    ("metric", "section", "title"),
    [
        ("system/gpu/0/power_watts", "GPU 0", "Power (W)"),
        ("system/gpu/12/pcie_sent_megabytes_per_second", "GPU 12", "PCIe sent (MB/s)"),
        ("system/gpu/0/throttle_power_cap", "GPU 0", "Slowed by its power limit"),
        ("system/gpu/0/sm_clock_megahertz", "GPU 0", "Clock of the cores (MHz)"),
        ("system/cpu_percent", "CPU and memory", "CPU (%)"),
        ("system/process_rss_megabytes", "CPU and memory", "Memory of this process (MB)"),
        ("system/network_sent_megabytes", "Disk and network", "Network sent (MB)"),
        ("system/rank/3/gpu/1/temperature_celsius", "rank 3, GPU 1", "Temperature (°C)"),
        ("system/worker a/cpu_percent", "worker a, CPU and memory", "CPU (%)"),
        ("gpu/1/power", "GPU 1", "gpu/1/power"),
        ("system/gpu.0.powerWatts", "", "system/gpu.0.powerWatts"),
        ("system/room/humidity", "room", "system/room/humidity"),
        ("mine", "", "mine"),
    ],
)
def test_a_metric_has_a_device_and_a_name_that_reads_well(metric: str, section: str, title: str) -> None:
    found = place(metric)
    assert (found.section, found.title) == (section, title)


def test_devices_come_by_number_and_ranks_after_the_first_process() -> None:
    names = [
        "system/rank/10/cpu_percent",
        "system/gpu/10/power_watts",
        "mine",
        "system/rank/2/gpu/0/power_watts",
        "system/cpu_percent",
        "system/gpu/2/power_watts",
        "system/disk_read_megabytes",
        "system/gpu/2/utilization_percent",
    ]
    assert [(name, [names[place] for place in places]) for name, places in sections(names)] == [
        ("GPU 2", ["system/gpu/2/utilization_percent", "system/gpu/2/power_watts"]),
        ("GPU 10", ["system/gpu/10/power_watts"]),
        ("CPU and memory", ["system/cpu_percent"]),
        ("Disk and network", ["system/disk_read_megabytes"]),
        ("other", ["mine"]),
        ("rank 2, GPU 0", ["system/rank/2/gpu/0/power_watts"]),
        ("rank 10, CPU and memory", ["system/rank/10/cpu_percent"]),
    ]

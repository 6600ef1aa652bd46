"""Makes `net3_tanks.csv`: a day of the water network EPANET Net3 by another project's simulator (WNTR with EPANET 2.2), with an
unmetered outflow at the bottom of tank 2 from 08:00 to 14:00. Needs `pip install wntr` in an environment of its own:

    python make_net3.py > net3_tanks.csv

Columns: seconds; levels of the three tanks in m; flow into each tank in m3/h through its one metered pipe; pressures of three
junctions in m of water.
"""

import csv
import sys

import wntr

HOURS, LEAK_M3_S, FROM_H, TO_H = 24, 0.006, 8, 14
TANKS = {"1": "40", "2": "50", "3": "20"}
JUNCTIONS = ("101", "121", "209")

network = wntr.network.WaterNetworkModel(wntr.library.ModelLibrary().get_filepath("Net3"))
network.options.time.duration = HOURS * 3600
network.options.time.hydraulic_timestep = network.options.time.report_timestep = 60
pattern = [1.0 if FROM_H <= hour < TO_H else 0.0 for hour in range(HOURS)]
network.add_pattern("hole", pattern)
network.add_junction("hole", base_demand=LEAK_M3_S, demand_pattern="hole", elevation=network.get_node("2").elevation)
network.add_pipe("hole", "2", "hole", length=1.0, diameter=0.3, roughness=130)
found = wntr.sim.EpanetSimulator(network).run_sim()

out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(
    [
        "seconds",
        *(f"level_{tank}" for tank in TANKS),
        *(f"inflow_{tank}" for tank in TANKS),
        *(f"head_{one}" for one in JUNCTIONS),
    ]
)
for at in found.node["pressure"].index:
    into = [
        (1 if network.get_link(pipe).end_node_name == tank else -1) * found.link["flowrate"].loc[at, pipe] * 3600
        for tank, pipe in TANKS.items()
    ]
    heads = [found.node["pressure"].loc[at, one] for one in (*TANKS, *JUNCTIONS)]
    out.writerow(
        [int(at), *(f"{one:.4f}" for one in heads[:3]), *(f"{one:.3f}" for one in into), *(f"{one:.3f}" for one in heads[3:])]
    )

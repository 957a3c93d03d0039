"""Names for the synthetic persons: common ones from general knowledge, a long tail made of syllables.

Real names follow something near Zipf's law with a very long tail; a list of two hundred surnames would make every
block of equal names a hundred times too large. The tail is what keeps blocking realistic at a million records.
"""

from __future__ import annotations

import numpy as np

COUNTRIES = ("ES", "US", "FR", "DE")
SHARES = (0.4, 0.25, 0.18, 0.17)

SURNAMES = {
    "ES": "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Hernández Ruiz Díaz "
          "Moreno Muñoz Álvarez Romero Gutiérrez Alonso Navarro Torres Domínguez Ramos Vázquez Ramírez Gil Serrano "
          "Molina Blanco Morales Suárez Ortega Castro Delgado Ortiz Marín Rubio Núñez Sanz Medina Iglesias Castillo",
    "US": "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Thomas Taylor Moore Jackson Martin Lee "
          "Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Baker "
          "Nelson Mitchell Campbell Roberts Carter Phillips Evans Turner Parker Collins Edwards Stewart Morris",
    "FR": "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre Michel David "
          "Bertrand Roux Vincent Fournier Morel Girard André Mercier Dupont Lambert Bonnet François Martinez Legrand "
          "Garnier Faure Rousseau Blanc Guérin Henry Roussel Nicolas Perrin Morin Clément Gauthier",
    "DE": "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein "
          "Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Werner Krause Lehmann Köhler "
          "Maier König Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn Vogel Friedrich Keller Günther",
}  # fmt: skip
GIVEN = {
    "ES": "María Antonio Carmen José Ana Manuel Isabel Francisco Laura David Cristina Juan Marta Javier Lucía Daniel "
          "Elena Carlos Pilar Jesús Raquel Alejandro Paula Miguel Sara Rafael Rosa Pedro Teresa Pablo Irene Ángel "
          "Silvia Sergio Nuria Fernando Mercedes Luis Rocío Alberto Andrea Álvaro Beatriz Diego Alicia Adrián",
    "US": "James Mary Michael Patricia Robert Jennifer John Linda David Elizabeth William Barbara Richard Susan Joseph "
          "Jessica Thomas Karen Christopher Sarah Charles Lisa Daniel Nancy Matthew Sandra Anthony Ashley Mark "
          "Steven Kimberly Andrew Margaret Paul Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian Melissa",
    "FR": "Marie Jean Nathalie Michel Isabelle Philippe Catherine Pierre Sylvie Alain Nicolas Valérie Patrick "
          "Christine Christophe Sophie Daniel Sandrine Bernard Céline Frédéric Véronique Laurent Stéphanie Éric Julie "
          "Olivier Camille Julien Aurélie Thierry Martine David Anne Sébastien Émilie Thomas Caroline",
    "DE": "Peter Maria Michael Anna Thomas Ursula Andreas Monika Wolfgang Petra Klaus Elisabeth Jürgen Sabine Günter "
          "Renate Stefan Helga Christian Karin Uwe Brigitte Werner Ingrid Frank Andrea Markus Susanne Jörg Claudia "
          "Matthias Julia Tobias Katharina Sebastian Stefanie Daniel Nicole Martin Christina Alexander",
}  # fmt: skip
STREETS = {
    "ES": ("Calle {}", "Avenida {}", "Plaza {}"), "US": ("{} Street", "{} Avenue", "{} Road"),
    "FR": ("Rue {}", "Avenue {}", "Boulevard {}"), "DE": ("{}strasse", "{}weg", "{}allee"),
}  # fmt: skip
CITIES = {
    "ES": "Madrid Barcelona Valencia Sevilla Zaragoza Málaga Murcia Bilbao Alicante Córdoba Valladolid",
    "US": "Houston Phoenix Dallas Columbus Charlotte Denver Boston Portland Memphis Atlanta Miami Tampa",
    "FR": "Paris Marseille Lyon Toulouse Nice Nantes Strasbourg Montpellier Bordeaux Lille Rennes Reims Toulon",
    "DE": "Berlin Hamburg München Köln Frankfurt Stuttgart Düsseldorf Leipzig Dortmund Essen Bremen Dresden Hannover",
}  # fmt: skip
_ONSETS = {
    "ES": "b c d f g j l m n p r s t v z ch gu ll br cr tr fl", "US": "b br c ch d f g h j k l m n p r s st t th w wh",
    "FR": "b br c ch d f g gr j l m n p pr r s t tr v bl", "DE": "b br d f fr g gr h k kl l m n p r s sch st t w z",
}  # fmt: skip
_RIMES = {
    "ES": "a e o al an ar en er es in on or ue ia", "US": "a er ing on ell art ow ey ick and all en ock ins",
    "FR": "a e ai au eau et el ier in on ot ou ard ois", "DE": "a e er en el mann ing ke lich berg au ein ert old",
}  # fmt: skip


def pool(listed: str, country: str, size: int, seed: int) -> list[str]:
    """Return ``size`` different names, the listed ones first, the tail made of two or three syllables."""
    rng = np.random.default_rng((seed, COUNTRIES.index(country), size))
    onsets, rimes = _ONSETS[country].split(), _RIMES[country].split()
    names = dict.fromkeys(listed.split())
    while len(names) < size:
        heads = np.array(onsets)[rng.integers(0, len(onsets), (size, 3))]
        tails = np.array(rimes)[rng.integers(0, len(rimes), (size, 3))]
        syllables = np.char.add(heads, tails)
        short = rng.random(size) < 0.5
        for first, second, third, is_short in zip(*syllables.T, short, strict=True):
            names.setdefault((first + second if is_short else first + second + third).capitalize())
    return list(names)[:size]


def zipf(size: int, shift: float, exponent: float = 1.0) -> np.ndarray:
    """Return the cumulative Zipf-Mandelbrot distribution p(rank) ~ 1 / (rank + shift)^exponent."""
    weights = 1.0 / (np.arange(1, size + 1) + shift) ** exponent
    return np.cumsum(weights / weights.sum())

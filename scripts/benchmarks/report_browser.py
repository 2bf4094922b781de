#!/usr/bin/env python3
"""Opens reports in headless Chromium: nothing on the console, all sections, hover and keyboard, nothing wider than the page;
and leaves a picture of each form, and what a printer would get.

    report_browser.py SCREENSHOTS RUN...        needs chromium, chromium-driver and PyPI's selenium
"""

import base64
import os
import sys

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

SECTIONS = ["scores", "factors", "segments", "model", "data", "run"]


def driver():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ["--headless=new", "--no-sandbox", "--hide-scrollbars"]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))


def look(browser, page, width, dark, picture):
    def devtools(name, **arguments):
        return browser.execute_cdp_cmd(f"Emulation.{name}", arguments)

    devtools("setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
    devtools("setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
    browser.get(page)
    history = ["history"] if os.path.exists(page.removeprefix("file://").replace("report.html", "outcomes.json")) else []
    for section in SECTIONS + history:
        assert browser.find_element(By.ID, section).is_displayed(), section
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width, "wider than the page"

    tip = browser.find_element(By.ID, "tip")
    bar = next(bar for bar in browser.find_elements(By.CSS_SELECTOR, "#scores .chart .band")
               if " 0 profiles" not in bar.get_attribute("data-tip"))
    browser.execute_script("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", bar)
    ActionChains(browser).move_to_element(bar).perform()
    assert tip.is_displayed() and tip.get_attribute("textContent") == bar.get_attribute("data-tip"), "no figures on hover"

    factor = browser.find_element(By.CSS_SELECTOR, ".factors summary")
    browser.execute_script("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", factor)
    factor.send_keys(Keys.ENTER)
    assert browser.find_element(By.CSS_SELECTOR, ".factors .drill svg").is_displayed(), "no drill-down by keyboard"
    for name in ["high", "medium", "low"]:
        browser.execute_script("document.querySelector(arguments[0])?.setAttribute('open', '')",
                               f".bucket.{name} li details")

    height = browser.execute_script("return document.documentElement.scrollHeight")
    devtools("setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
    browser.execute_script("document.getElementById('tip').hidden = true")
    browser.save_screenshot(picture)
    messages = browser.get_log("browser")
    assert not messages, messages


def print_out(browser, page, file):
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.get(page)
    paper = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": False})
    with open(file, "wb") as out:
        out.write(base64.b64decode(paper["data"]))


def main():
    pictures, *runs = sys.argv[1:]
    os.makedirs(pictures, exist_ok=True)
    browser = driver()
    for run in runs:
        page = os.path.abspath(os.path.join(run, "report.html"))
        assert os.path.getsize(page) < 2_000_000, "too large"
        for width in [390, 1440]:
            for dark in [False, True]:
                name = f"{os.path.basename(os.path.abspath(run))}-{width}-{'dark' if dark else 'light'}.png"
                look(browser, "file://" + page, width, dark, os.path.join(pictures, name))
                print(name)
        name = f"{os.path.basename(os.path.abspath(run))}-print.pdf"
        print_out(browser, "file://" + page, os.path.join(pictures, name))
        print(name)
    browser.quit()


main()

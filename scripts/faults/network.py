"""Networks between workers and their coordinator, that are slow, break in the middle of messages, or fall silent."""
import asyncio, random, socket, struct, threading


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        return reserved.getsockname()[1]


class Link:
    """Carries the port of a coordinator to another, as well as it is told to.

    bandwidth: bytes a second and direction; delay: seconds each way; cut_after: bytes after which a connection is reset,
    in the mean, as long as `cuts` are left.
    """

    def __init__(self, target, bandwidth=None, delay=0.0, cut_after=None, cuts=0, seed=0):
        self.port, self.target = free_port(), target
        self.bandwidth, self.delay, self.cut_after, self.cuts_left = bandwidth, delay, cut_after, cuts
        self.random, self.bytes, self.cuts = random.Random(seed), 0, 0
        self.loop = asyncio.new_event_loop()
        self.open = asyncio.Event()
        self.open.set()
        self.ready = threading.Event()
        threading.Thread(target=self.run, daemon=True).start()
        self.ready.wait()

    @property
    def endpoint(self):
        return f"tcp://127.0.0.1:{self.port}"

    def silence(self):
        """From now on nothing gets through, and nobody is told."""
        self.loop.call_soon_threadsafe(self.open.clear)

    def heal(self):
        self.loop.call_soon_threadsafe(self.open.set)

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", self.port))
        self.ready.set()
        self.loop.run_forever()

    async def serve(self, reader, writer):
        await self.open.wait()
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            return writer.close()
        writers = (writer, far_writer)
        quota = [self.random.expovariate(1 / self.cut_after)] if self.cut_after else None
        tasks = [asyncio.ensure_future(self.carry(reader, far_writer, quota, writers)),
                 asyncio.ensure_future(self.carry(far_reader, writer, quota, writers))]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for each in tasks:
            each.cancel()
        for each in writers:
            each.close()

    async def carry(self, reader, writer, quota, writers):
        queue = asyncio.Queue(maxsize=256)
        delivery = asyncio.ensure_future(self.deliver(queue, writer))
        try:
            while data := await reader.read(16384):
                self.bytes += len(data)
                if quota and self.cuts_left > 0:
                    quota[0] -= len(data)
                    if quota[0] < 0:
                        self.cuts_left -= 1
                        self.cuts += 1
                        return self.reset(writers)
                if self.bandwidth:
                    await asyncio.sleep(len(data) / self.bandwidth)
                await queue.put((self.loop.time() + self.delay, data))
        except OSError:
            pass
        finally:
            delivery.cancel()

    async def deliver(self, queue, writer):
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0, due - self.loop.time()))
            await self.open.wait()
            writer.write(data)
            await writer.drain()

    @staticmethod
    def reset(writers):
        for each in writers:
            # Without lingering a close is a reset.
            each.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            each.transport.abort()

using System.Buffers.Text;
using System.Collections.Concurrent;
using Stork.EngineIO;

namespace Stork.Tests.EngineIO;

public sealed class SessionIdTests
{
    [Fact]
    public void No_two_are_the_same_whichever_thread_makes_them()
    {
        var ids = new ConcurrentDictionary<string, bool>();
        Parallel.For(0, 10_000, _ => ids.TryAdd(SessionId.Create(), true).ShouldBeTrue());
    }

    [Fact]
    public void Each_of_their_120_bits_is_random()
    {
        var (everSet, everClear) = (new byte[15], new byte[15]);
        for (var i = 0; i < 200; i++)
        {
            var id = SessionId.Create();
            id.Length.ShouldBe(20);
            var bytes = Base64Url.DecodeFromChars(id);
            for (var at = 0; at < bytes.Length; at++)
            {
                everSet[at] |= bytes[at];
                everClear[at] |= (byte)~bytes[at];
            }
        }

        everSet.ShouldAllBe(bits => bits == byte.MaxValue);
        everClear.ShouldAllBe(bits => bits == byte.MaxValue);
    }
}

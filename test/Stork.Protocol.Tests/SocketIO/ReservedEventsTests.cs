using System.Text;

namespace Stork.Protocol.Tests.SocketIO;

public class ReservedEventsTests
{
    [Theory]
    [InlineData("connect", true)]
    [InlineData("connect_error", true)]
    [InlineData("disconnect", true)]
    [InlineData("disconnecting", true)]
    [InlineData("newListener", true)]
    [InlineData("removeListener", true)]
    [InlineData("", false)]
    [InlineData("Connect", false)]
    [InlineData("connec", false)]
    [InlineData("connecT", false)]
    [InlineData("connected", false)]
    [InlineData("connection", false)]
    [InlineData("disconnecT", false)]
    [InlineData("disconnectinG", false)]
    [InlineData("connect-error", false)]
    [InlineData("newlistener", false)]
    [InlineData("removeListene1", false)]
    [InlineData("error", false)]
    [InlineData("message", false)]
    public void Are_six_names_in_either_form(string name, bool reserved)
    {
        ReservedEvents.Contains(name).ShouldBe(reserved);
        ReservedEvents.Contains(Encoding.UTF8.GetBytes(name)).ShouldBe(reserved);
    }

    [Fact]
    public void Null_is_no_name() => Should.Throw<ArgumentNullException>(() => ReservedEvents.Contains((string)null!));
}

namespace Stork.Interop.Tests.Differential;

/// <summary>The same bytes, odd and hostile ones, go to the original server and to Stork.</summary>
public sealed class DifferentialTests(OfficialServer original, StorkServer stork) : IClassFixture<OfficialServer>, IClassFixture<StorkServer>
{
    public static TheoryData<string> WebSocketCases => [.. CaseFile.Read("websocket.txt").Select(@case => @case.Line)];

    public static TheoryData<string> PollingCases => [.. CaseFile.Read("polling.txt").Select(@case => @case.Line)];

    public static TheoryData<string> RequestCases => [.. CaseFile.Read("requests.txt").Select(@case => @case.Line)];

    [Theory, MemberData(nameof(WebSocketCases))]
    public Task Both_make_the_same_of_messages(string line) =>
        CompareAsync("websocket.txt", line, server => Exchange.ByWebSocketAsync(server, joins: true, CaseFile.Expand(line)));

    [Theory, MemberData(nameof(PollingCases))]
    public Task Both_make_the_same_of_polling_bodies(string line) =>
        CompareAsync("polling.txt", line, server => Exchange.ByPollingAsync(server, CaseFile.Expand(line)));

    [Theory, MemberData(nameof(RequestCases))]
    public Task Both_answer_the_same_to_requests(string line) =>
        CompareAsync("requests.txt", line, server => Exchange.ByRequestAsync(server, line.Split(" | ")));

    private async Task CompareAsync(string file, string line, Func<IComparedServer, Task<Outcome>> exchange)
    {
        var @case = CaseFile.Read(file).Single(candidate => candidate.Line == line);
        var (ofOriginal, ofStork) = (await exchange(original), await exchange(stork));
        if (@case.Differs)
        {
            ofOriginal.ToString().ShouldBe(@case.Original);
            ofStork.ToString().ShouldBe(@case.Stork);
            ofStork.ShouldNotBe(ofOriginal, "They agree now: take the difference out of the table.");
            @case.Because.ShouldNotBeNullOrEmpty();
        }
        else
        {
            ofStork.ToString().ShouldBe(ofOriginal.ToString());
        }
    }
}

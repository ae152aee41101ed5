namespace Stork.Interop.Tests.Differential;

/// <summary>The same bytes, odd and hostile ones, go to the original server and to Stork.</summary>
public sealed class DifferentialTests(OfficialServer original, StorkServer stork)
    : IClassFixture<OfficialServer>, IClassFixture<StorkServer>
{
    public static TheoryData<string> WebSocketCases => [.. CaseFile.Read("websocket.txt").Select(@case => @case.Line)];

    public static TheoryData<string> PollingCases => [.. CaseFile.Read("polling.txt").Select(@case => @case.Line)];

    public static TheoryData<string> RequestCases => [.. CaseFile.Read("requests.txt").Select(@case => @case.Line)];

    [Theory, MemberData(nameof(WebSocketCases))]
    public Task Both_make_the_same_of_messages(string line) => CompareMessagesAsync(Find("websocket.txt", line));

    [Theory, MemberData(nameof(PollingCases))]
    public Task Both_make_the_same_of_polling_bodies(string line) =>
        CompareAsync(Find("polling.txt", line), server => Exchange.ByPollingAsync(server, CaseFile.Expand(line)));

    [Theory, MemberData(nameof(RequestCases))]
    public Task Both_answer_the_same_to_requests(string line) =>
        CompareAsync(Find("requests.txt", line), server => Exchange.ByRequestAsync(server, line.Split(" | ")));

    [Theory]
    [InlineData("b64=1")]
    [InlineData("b64=0")]
    [InlineData("b64=false")]
    [InlineData("b64=%20")]
    [InlineData("b64=")]
    [InlineData("b64")]
    [InlineData("B64=1")]
    [InlineData("b64=&b64=1")]
    [InlineData("b64=1&b64=")]
    public Task Both_send_binary_data_in_the_form_the_client_asks_for(string query) => CompareAsync(
        new CaseFile.Case(query),
        server => Exchange.ByWebSocketAsync(server, ["""451-7["ev",{"_placeholder":true,"num":0}]""", "bAQID", "42[\"ev\"]"], $"&{query}"));

    [Theory]
    [InlineData("42 [\"ev\"]", null, null)]
    [InlineData("42[\"ev\"]", "42[\"name\",\"ev\",] 42[\"echo\",] → open", "→ violation")]
    [InlineData("42 [\"ev\"]", "42[\"name\",\"ev\",] 42[\"echo\",] 430[] → open", "→ open")]
    [InlineData("42 [\"ev\"]", "→ open", "→ violation")]
    [InlineData("42[\"ev\"]", "42[\"name\",\"ev\",] 42[\"echo\",] → open", "42[\"name\",\"ev\",] 42[\"echo\",] → open")]
    public async Task A_table_that_is_wrong_is_found_out(string line, string? ofOriginal, string? ofStork)
    {
        var @case = new CaseFile.Case(line) { Original = ofOriginal, Stork = ofStork, Because = ofStork is null ? null : "no reason" };
        await Assert.ThrowsAsync<ShouldAssertException>(() => CompareMessagesAsync(@case));
    }

    private static CaseFile.Case Find(string file, string line) => CaseFile.Read(file).Single(@case => @case.Line == line);

    private Task CompareMessagesAsync(CaseFile.Case @case) =>
        CompareAsync(@case, server => Exchange.ByWebSocketAsync(server, CaseFile.Expand(@case.Line)));

    private async Task CompareAsync(CaseFile.Case @case, Func<IComparedServer, Task<Outcome>> exchange) =>
        @case.ShouldHold(await exchange(original), await exchange(stork));
}

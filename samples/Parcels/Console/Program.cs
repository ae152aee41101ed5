// What a shop or a driver has before it. With the token that the office made for it:
//
//     dotnet run --project samples/Parcels/Console -- shop bakery       pickup bread for 1 Main Street
//     dotnet run --project samples/Parcels/Console -- driver anna       take 1, deliver 1
//
// --urls says where the server listens, --data where its data is, with the token: the same as for the server. node/console.js is the same
// with the official JavaScript client.
using System.Globalization;
using Stork.Samples.Parcels;

if (args is not [("shop" or "driver") and var role, var name, ..])
{
    Console.Error.WriteLine("Who? \"shop bakery\" or \"driver anna\", for instance.");
    return 1;
}

var url = new Uri(Option("--urls") ?? "http://localhost:3100");
var directory = Path.GetFullPath(Option("--data") ?? "../data");
if (!File.Exists(OfficeClient.TokenFile(directory, role, name)))
{
    Console.Error.WriteLine(
        $"There is no token for {role} {name} in {directory}. The server makes one: "
        + $"dotnet run --project samples/Parcels/Server -- invite {role} {name}");
    return 1;
}

await using var office = new OfficeClient(url, directory, role, name, Say);
office.OnNews("pickup", parcel => $"#{parcel.Id} at {parcel.Shop}: {parcel.What} for {parcel.Where}");
office.OnNews("taken", parcel => $"#{parcel.Id} taken by {parcel.Driver}");
office.OnNews("delivered", parcel => $"#{parcel.Id} delivered by {parcel.Driver}");
try
{
    await office.OpenAsync();

    while (await Console.In.ReadLineAsync() is { } line)
    {
        Say(line.Split(' ', 2) switch
        {
            ["pickup", var order] when order.Split(" for ", 2) is [var what, var where] =>
                Tell(await office.AskAsync("pickup", what, where), parcel => $"#{parcel.Id} announced: {parcel.What} for {parcel.Where}"),
            ["take", var number] when long.TryParse(number, CultureInfo.InvariantCulture, out var id) =>
                Tell(await office.AskAsync("take", id), parcel => $"#{parcel.Id} is yours"),
            ["deliver", var number] when long.TryParse(number, CultureInfo.InvariantCulture, out var id) =>
                Tell(await office.AskAsync("deliver", id), parcel => $"#{parcel.Id} delivered"),
            _ => "pickup <what> for <where>, take <number> or deliver <number>",
        });
    }
}
catch (UnauthorizedAccessException refusal)
{
    Console.Error.WriteLine(refusal.Message);
    return 1;
}

return 0;

string? Option(string name) => args.SkipWhile(argument => argument != name).ElementAtOrDefault(1);

// News may come while somebody types: it takes the place of the prompt, which comes again below it.
void Say(string text) => Console.Write(Console.IsInputRedirected ? $"{text}\n" : $"\r\e[K{text}\n{name} > ");

static string Tell(Answer answer, Func<Parcel, string> done) =>
    answer.Refusal is { } refusal ? $"refused: {refusal}" : done(answer.Parcel!);

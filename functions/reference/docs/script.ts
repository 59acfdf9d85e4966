/** The page's only script: a filter, copying, and links that open what they point at. */
export const SCRIPT = `
const filter=document.getElementById('filter');
const sections=[...document.querySelectorAll('main>section')];
filter.addEventListener('input',()=>{
  const words=filter.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for(const section of sections){
    const all=[...section.querySelectorAll('.operation')];
    for(const one of all)one.hidden=!words.every((word)=>one.dataset.text.includes(word));
    section.hidden=all.length>0&&all.every((one)=>one.hidden);
  }
});
document.addEventListener('keydown',(event)=>{
  if(event.key==='/'&&document.activeElement!==filter){event.preventDefault();filter.focus();}
});
document.addEventListener('click',async(event)=>{
  const button=event.target.closest('button[data-copy]');
  if(!button)return;
  await navigator.clipboard.writeText(button.parentElement.querySelector('pre').textContent);
  button.textContent='Copied';
  setTimeout(()=>{button.textContent='Copy';},1500);
});
const open=()=>{
  const target=document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if(target&&target.tagName==='DETAILS'){target.open=true;target.scrollIntoView();}
};
addEventListener('hashchange',open);
open();
`;
